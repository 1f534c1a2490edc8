/** The conditions of a filter: each names a property that must have the value. */
export type FilterTerm = { readonly property: string; readonly value: string }

const TERM = /^\s*([A-Za-z/]+) eq '((?:[^']|'')*)'\s*$/i

/** Reads `a eq 'x' and b eq 'y'`, which is what Azure CLI sends; undefined for anything else, so that no condition is overlooked. */
export function parseFilter(filter: string): readonly FilterTerm[] | undefined {
  const terms = filter.split(/ and (?=[A-Za-z/]+ eq )/i).map((term) => TERM.exec(term))
  const read = terms.flatMap((term) => {
    const [, property, value] = term ?? []
    return property === undefined || value === undefined ? [] : [{ property, value: value.replaceAll("''", "'") }]
  })
  return read.length === terms.length ? read : undefined
}

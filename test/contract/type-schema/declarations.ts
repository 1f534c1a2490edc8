import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSync, type TSType } from 'oxc-parser'

/** Where a type is declared, with the text around it for its comments. */
export type Declaration = {
  readonly name: string
  readonly type: TSType
  readonly source: Source
  readonly start: number
}

/** One file: its types by name, where the imported ones come from, and its doc comments by the place where they end. */
export type Source = {
  readonly file: string
  readonly types: ReadonlyMap<string, Declaration>
  readonly imports: ReadonlyMap<string, { readonly file: string; readonly name: string }>
  /** Text of the doc comment that ends right before this place of the file (or before its `|`); `''` when there is none. */
  docBefore(start: number): string
}

/** Reads a file's type aliases; relative imports are paths again. */
export function readSource(file: string): Source {
  const text = readFileSync(file, 'utf8')
  const { program, module, comments, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message ?? 'does not parse'}`)
  const types = new Map<string, Declaration>()
  const docBefore = (start: number): string => {
    const doc = comments.findLast(({ type, value, end }) => {
      return type === 'Block' && value.startsWith('*') && end <= start && /^[|\s]*$/.test(text.slice(end, start))
    })
    return doc === undefined ? '' : prose(doc.value)
  }
  const source: Source = { file, types, docBefore, imports: new Map(importsOf(file, module.staticImports)) }
  for (const statement of program.body) {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    if (declared?.type !== 'TSTypeAliasDeclaration') continue
    const { name } = declared.id
    types.set(name, { name, type: declared.typeAnnotation, source, start: statement.start })
  }
  return source
}

type StaticImports = ReturnType<typeof parseSync>['module']['staticImports']

function importsOf(file: string, entries: StaticImports): [string, { file: string; name: string }][] {
  return entries.flatMap(({ moduleRequest, entries: names }) =>
    names.map(({ importName, localName }): [string, { file: string; name: string }] => [
      localName.value,
      { file: join(dirname(file), moduleRequest.value), name: importName.name ?? localName.value },
    ]),
  )
}

/** A doc comment as one paragraph, `{@link x}` as `x`. */
function prose(comment: string): string {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*+ ?/, '').trim())
  return lines
    .join(' ')
    .replace(/\{@link (\w+)\}/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()
}

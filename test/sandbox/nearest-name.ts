/** Edits (insert, drop, replace, swap neighbors) that make one word of the other: optimal string alignment. */
function distance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)]
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1]
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      const at = (up: number, left: number): number => rows[row - up]?.[column - left] ?? Infinity
      const replaced = at(1, 1) + (same ? 0 : 1)
      const exchanged = swapped ? at(2, 2) + 1 : Infinity
      current[column] = Math.min(at(1, 0) + 1, (current[column - 1] ?? Infinity) + 1, replaced, exchanged)
    }
    rows.push(current)
  }
  return rows[from.length]?.[to.length] ?? Infinity
}

/** The known name that was probably meant: at most a third of its letters are wrong, or one of the two begins the other. */
export function nearestName(wrong: string, known: readonly string[]): string | undefined {
  const plain = (name: string): string => name.toLowerCase().replace(/[-_.]/g, '')
  const word = plain(wrong)
  const scored = known
    .map((name) => ({ name, edits: distance(word, plain(name)), length: Math.max(word.length, plain(name).length) }))
    .toSorted((left, right) => left.edits - right.edits)
  const close = scored.find(({ edits, length }) => edits <= Math.max(1, Math.floor(length / 3)) && edits < length)
  const begun = known.find((name) => word.length >= 3 && (plain(name).startsWith(word) || word.startsWith(plain(name))))
  return close?.name ?? begun
}

/** What to say after "unknown": the nearest name, or when nothing is near, all of them. */
export function suggestion(wrong: string, known: readonly string[]): string {
  const nearest = nearestName(wrong, known)
  if (nearest !== undefined) return `did you mean "${nearest}"?`
  return known.length === 0 ? 'nothing is known here' : `known: ${known.join(', ')}`
}

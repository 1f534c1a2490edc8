/** A stretch of bytes, both ends included. */
export type ByteRange = { readonly start: number; readonly end: number }

/** The single range that a `Range` header asks for (RFC 9110 14.1.2), `unsatisfiable`, or undefined for the whole. */
export const parseByteRange = (header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  const [, first = '', last = ''] = match ?? []
  // A header that cannot be read is ignored, as RFC 9110 14.2 asks.
  if (match === null || (first === '' && last === '')) return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return start > end ? 'unsatisfiable' : { start, end }
}

/** The `Content-Range` of an upload's chunk: `a-b` without a unit, as spec.md "Pushing a blob in chunks" has it. */
export const parseChunkRange = (header: string): ByteRange | undefined => {
  const match = /^(\d+)-(\d+)$/.exec(header)
  return match === null ? undefined : { start: Number(match[1]), end: Number(match[2]) }
}

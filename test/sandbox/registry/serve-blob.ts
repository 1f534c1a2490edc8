import type { Answer } from './answer.ts'
import type { BlobStore } from './blob-store.ts'
import { parseByteRange } from './byte-range.ts'
import type { Digest } from './digest.ts'

/** The bytes of a blob, or the range that was asked for. */
export const serveBlob = (
  store: BlobStore,
  blob: { readonly digest: Digest; readonly size: number },
  range: string | undefined,
): Answer => {
  const wanted = parseByteRange(range, blob.size)
  const headers = { 'Content-Type': 'application/octet-stream', 'Accept-Ranges': 'bytes' }
  if (wanted === 'unsatisfiable') {
    return { status: 416, headers: { 'Content-Range': `bytes */${blob.size}` }, refused: 'RANGE_INVALID' }
  }
  if (wanted === undefined) {
    return {
      status: 200,
      headers: { ...headers, 'Content-Length': String(blob.size) },
      body: store.read(blob.digest),
    }
  }
  return {
    status: 206,
    headers: {
      ...headers,
      'Content-Length': String(wanted.end - wanted.start + 1),
      'Content-Range': `bytes ${wanted.start}-${wanted.end}/${blob.size}`,
    },
    body: store.read(blob.digest, wanted),
  }
}

import type { IncomingMessage } from 'node:http'
import { parseChunkRange } from './byte-range.ts'
import type { Call } from './flavor.ts'
import { refusal } from './refusal.ts'
import type { Upload } from './repository.ts'

/** The upload that the Location names: of this repository, open, and with its query intact. */
export const findUpload = (call: Call): Upload => {
  const { name, reference } = call.route
  const upload = call.registry.uploads.get(reference)
  if (upload === undefined || upload.repository !== name) throw refusal('BLOB_UPLOAD_UNKNOWN')
  if (call.flavor.knowsUploadQuery?.(call, upload) === false) {
    throw refusal('BLOB_UPLOAD_INVALID', {
      message: 'the query of the upload location did not come back as it was given',
    })
  }
  return upload
}

/** Writes the request's body to the upload. A body that breaks off leaves what has come. */
export const takeChunk = async (call: Call, upload: Upload): Promise<number> => {
  requireIdle(upload)
  checkChunkRange(call, upload)
  upload.busy = true
  const before = upload.writer.size
  try {
    return await upload.writer.append(bodyOf(call.request))
  } finally {
    if (upload.writer.size > before) upload.parts.push(upload.writer.size - before)
    upload.busy = false
  }
}

/** Refuses a second request that would change the upload while one is at it: their bytes would mix. */
export const requireIdle = (upload: Upload): void => {
  if (!upload.busy) return
  throw refusal('BLOB_UPLOAD_INVALID', { message: 'another request is writing this upload' })
}

/** `Range` of an upload: how far it is, or how far the product believes it is. */
export const rangeOf = (call: Call, upload: Upload): string => {
  const [first = 0] = upload.parts
  const size = call.flavor.reportsStaleRange ? first : upload.writer.size
  // An empty upload reads 0-0 in CNCF distribution too: the header has no way to say "nothing".
  return `0-${Math.max(0, size - 1)}`
}

const checkChunkRange = (call: Call, upload: Upload): void => {
  const header = call.request.headers['content-range']
  if (header === undefined) return
  const range = parseChunkRange(header)
  const length = call.request.headers['content-length']
  if (range === undefined || range.start !== upload.writer.size) {
    throw refusal('RANGE_INVALID', {
      headers: { Location: call.flavor.uploadLocation(call, upload), Range: rangeOf(call, upload) },
    })
  }
  // spec.md: a chunk carries both headers, and they speak of the same bytes.
  if (Number(length ?? Number.NaN) !== range.end - range.start + 1) throw refusal('SIZE_INVALID')
}

const bodyOf = (request: IncomingMessage): AsyncIterable<Buffer> => request

import type { Answer } from './answer.ts'
import type { Digest } from './digest.ts'
import type { Call } from './flavor.ts'
import { refusal } from './refusal.ts'
import type { Repository, Upload } from './repository.ts'
import { takeChunk } from './upload-session.ts'

type Completion = { readonly repository: Repository; readonly upload: Upload; readonly digest: Digest }

/** Takes the last bytes and keeps the blob when its digest is the one that the client named. */
export const completeUpload = async (call: Call, completion: Completion): Promise<Answer> => {
  const { repository, upload, digest } = completion
  const chunksBefore = upload.parts.length
  upload.writer.announce(digest.algorithm)
  const taken = await takeChunk(call, upload)
  if (call.flavor.failsEmptyClosingPut && chunksBefore > 1 && taken === 0) throw refusal('UNKNOWN')
  call.registry.uploads.delete(upload.id)
  await checkChunkSizes(call, upload)
  const { size } = upload.writer
  if (!(await upload.writer.seal(digest))) throw refusal('DIGEST_INVALID', { detail: { digest: digest.text } })
  repository.blobs.set(digest.text, size)
  call.checks.push(`digest of ${size} bytes in ${upload.parts.length} part(s): same as named`)
  return createdBlob(call, digest)
}

/** 201 for a blob that is now in the repository. */
export const createdBlob = (call: Call, digest: Digest): Answer => ({
  status: 201,
  headers: {
    Location: call.flavor.locationOf(call, `/v2/${call.route.name}/blobs/${digest.text}`),
    'Docker-Content-Digest': digest.text,
  },
})

const checkChunkSizes = async (call: Call, upload: Upload): Promise<void> => {
  const { smallestChunk = 0, texts } = call.flavor
  if (upload.parts.slice(0, -1).every((size) => size >= smallestChunk)) return
  await upload.writer.discard()
  throw refusal('BLOB_UPLOAD_INVALID', { message: texts?.chunkTooSmall ?? 'a chunk is shorter than the minimum' })
}

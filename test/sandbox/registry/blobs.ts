import type { Answer } from './answer.ts'
import type { Digest } from './digest.ts'
import type { Call } from './flavor.ts'
import { findRepository, requireDigest } from './lookups.ts'
import { refusal } from './refusal.ts'
import { serveBlob } from './serve-blob.ts'

type Blob = { readonly digest: Digest; readonly size: number }

/** `HEAD /v2/<name>/blobs/<digest>`: size and digest, never a redirect. */
export const headBlob = async (call: Call): Promise<Answer> => {
  const { digest, size } = findBlob(call)
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(size),
      'Docker-Content-Digest': digest.text,
    },
  }
}

/** `GET /v2/<name>/blobs/<digest>`: the bytes, or a link to the host that has them. */
export const getBlob = async (call: Call): Promise<Answer> => {
  const blob = findBlob(call)
  const headers = { 'Docker-Content-Digest': blob.digest.text }
  if (!call.store.keeps(blob.digest)) {
    throw refusal('BLOB_UNKNOWN', { message: 'the sandbox counted this blob and kept no bytes' })
  }
  const link = call.flavor.blobLink?.(call, blob)
  if (link !== undefined) return { status: 307, headers: { ...headers, Location: link } }
  const answer = serveBlob(call.store, blob, call.request.headers.range)
  return { ...answer, headers: { ...answer.headers, ...headers } }
}

/** `DELETE /v2/<name>/blobs/<digest>`: out of this repository; manifests that name it are not asked. */
export const deleteBlob = async (call: Call): Promise<Answer> => {
  const { digest } = findBlob(call)
  findRepository(call).blobs.delete(digest.text)
  return { status: 202, headers: { 'Docker-Content-Digest': digest.text } }
}

const findBlob = (call: Call): Blob => {
  const digest = requireDigest(call.route.reference)
  const size = findRepository(call).blobs.get(digest.text)
  if (size === undefined) throw refusal('BLOB_UNKNOWN', { detail: { digest: digest.text } })
  return { digest, size }
}

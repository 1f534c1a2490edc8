import { randomUUID } from 'node:crypto'
import type { Answer } from './answer.ts'
import type { Digest } from './digest.ts'
import type { Call } from './flavor.ts'
import { claimRepository, requireAlgorithm, requireDigest } from './lookups.ts'
import type { Upload } from './repository.ts'
import { completeUpload, createdBlob } from './upload-completion.ts'
import { findUpload, rangeOf, requireIdle, takeChunk } from './upload-session.ts'

/** `POST /v2/<name>/blobs/uploads/`: begins an upload, mounts a blob, or takes a whole one. */
export const postUpload = async (call: Call): Promise<Answer> => {
  const repository = claimRepository(call)
  const query = call.url.searchParams
  const mounted = await mountBlob(call)
  if (mounted !== undefined) return mounted
  const algorithm = query.get('digest-algorithm')
  const upload = beginUpload(call)
  if (algorithm !== null) upload.writer.announce(requireAlgorithm(algorithm))
  const digest = query.get('digest')
  // A mount that falls back starts a plain upload: its digest parameter names what was to be mounted.
  const single = digest !== null && call.flavor.takesSinglePost && !query.has('mount')
  if (single) {
    return completeUpload(call, { repository, upload, digest: requireDigest(digest) })
  }
  return accepted(call, upload, 202)
}

/** `PATCH <location>`: takes one chunk, or a stream of unknown length. */
export const patchUpload = async (call: Call): Promise<Answer> => {
  const upload = findUpload(call)
  await takeChunk(call, upload)
  return accepted(call, upload, call.flavor.patchStatus)
}

/** `PUT <location>?digest=`: takes the rest, checks the digest of the whole and keeps the blob. */
export const putUpload = async (call: Call): Promise<Answer> => {
  const upload = findUpload(call)
  const digest = requireDigest(call.url.searchParams.get('digest') ?? '')
  return completeUpload(call, { repository: claimRepository(call), upload, digest })
}

/** `GET <location>`: how far the upload is. */
export const getUpload = async (call: Call): Promise<Answer> => {
  const upload = findUpload(call)
  const { headers } = accepted(call, upload, 202)
  return { status: 204, headers: headers ?? {} }
}

/** `DELETE <location>`: cancels. */
export const deleteUpload = async (call: Call): Promise<Answer> => {
  const upload = findUpload(call)
  requireIdle(upload)
  call.registry.uploads.delete(upload.id)
  await upload.writer.discard()
  return { status: 204 }
}

const beginUpload = (call: Call): Upload => {
  const id = randomUUID()
  const upload: Upload = {
    id,
    repository: call.route.name,
    writer: call.store.begin(),
    parts: [],
    state: '',
    busy: false,
  }
  call.registry.uploads.set(id, upload)
  return upload
}

const mountBlob = async (call: Call): Promise<Answer | undefined> => {
  const { searchParams } = call.url
  const from = searchParams.get('from')
  const mount = searchParams.get('mount')
  if (mount === null) return undefined
  const digest = requireDigest(mount)
  if (!mountsBlobs(call) || (from === null && !call.flavor.mountsAnonymously)) return undefined
  if (from !== null && (await call.flavor.authorizeMount?.(call, from)) === false) return undefined
  const size = from === null ? sizeAnywhere(call, digest) : call.registry.repositories.get(from)?.blobs.get(digest.text)
  if (size === undefined) return undefined
  claimRepository(call).blobs.set(digest.text, size)
  return createdBlob(call, digest)
}

const mountsBlobs = (call: Call): boolean => {
  const { mounts } = call.flavor
  return typeof mounts === 'boolean' ? mounts : mounts(call)
}

const sizeAnywhere = (call: Call, digest: Digest): number | undefined =>
  [...call.registry.repositories.values()].find(({ blobs }) => blobs.has(digest.text))?.blobs.get(digest.text)

const accepted = (call: Call, upload: Upload, status: number): Answer => {
  // A new state with each answer, where a product has one: the Location given last is the one that counts.
  upload.state = randomUUID()
  return {
    status,
    headers: {
      Location: call.flavor.uploadLocation(call, upload),
      Range: rangeOf(call, upload),
      'Docker-Upload-UUID': upload.id,
      ...(call.flavor.smallestChunk === undefined || !call.flavor.announcesSmallestChunk
        ? {}
        : { 'OCI-Chunk-Min-Length': String(call.flavor.smallestChunk) }),
    },
  }
}

import { readBody } from './answer.ts'
import type { Answer } from './answer.ts'
import { digestOf } from './digest.ts'
import { hasReferrers, type Call } from './flavor.ts'
import { claimRepository, findRepository, requireDigest } from './lookups.ts'
import { invalid, parseManifest } from './manifest-shape.ts'
import type { Descriptor, ManifestShape } from './manifest-shape.ts'
import { refusal } from './refusal.ts'
import { findManifest } from './repository.ts'
import type { Repository, StoredManifest } from './repository.ts'
import { isTag } from './routes.ts'

/** spec.md: at least 4 megabytes are to be accepted, 413 beyond the registry's own limit. */
const LONGEST_MANIFEST = 4 * 1024 * 1024

/** `GET` and `HEAD /v2/<name>/manifests/<reference>`: the exact bytes, when the client accepts their type. */
export const getManifest = async (call: Call): Promise<Answer> => {
  const { reference } = call.route
  if (reference.includes(':')) requireDigest(reference)
  const found = findManifest(findRepository(call), reference)
  if (found === undefined) throw refusal('MANIFEST_UNKNOWN', { detail: { reference } })
  if (!accepts(call.request.headers.accept, found.mediaType)) {
    throw refusal('MANIFEST_UNKNOWN', {
      message: `the manifest is of type ${found.mediaType}, which Accept does not name`,
    })
  }
  return {
    status: 200,
    headers: {
      'Content-Type': found.mediaType,
      'Docker-Content-Digest': found.digest,
      ETag: `"${found.digest}"`,
    },
    body: found.bytes,
  }
}

/** `PUT /v2/<name>/manifests/<reference>`: keeps the bytes as they are, once all that they name is there. */
export const putManifest = async (call: Call): Promise<Answer> => {
  const repository = claimRepository(call)
  const bytes = await readBody(call.request, LONGEST_MANIFEST)
  if (bytes === undefined) throw refusal('SIZE_INVALID', { status: 413, message: 'the manifest is longer than 4 MiB' })
  const { digest, tags } = namesOf(call, bytes)
  const shape = parseManifest(bytes, call.request.headers['content-type'])
  checkReferences(repository, shape)
  for (const tag of tags) checkTagMayMove(call, repository, { tag, digest })
  repository.manifests.set(digest, { ...storedParts(shape), digest, bytes, pushedAt: call.world.clock.now() })
  for (const tag of tags) repository.tags.set(tag, digest)
  return {
    status: 201,
    headers: {
      Location: call.flavor.locationOf(call, `/v2/${call.route.name}/manifests/${digest}`),
      'Docker-Content-Digest': digest,
      ...(shape.subject === undefined || !hasReferrers(call) ? {} : { 'OCI-Subject': shape.subject }),
      ...(call.flavor.tagsByQuery && call.url.searchParams.has('tag') ? { 'OCI-Tag': tags } : {}),
    },
  }
}

/** `DELETE /v2/<name>/manifests/<reference>`: a tag, or a manifest with all its tags. */
export const deleteManifest = async (call: Call): Promise<Answer> => {
  const { reference } = call.route
  const repository = findRepository(call)
  if (findManifest(repository, reference) === undefined) throw refusal('MANIFEST_UNKNOWN', { detail: { reference } })
  if (!repository.tags.delete(reference)) {
    repository.manifests.delete(reference)
    for (const [tag, digest] of repository.tags) if (digest === reference) repository.tags.delete(tag)
  }
  return { status: 202 }
}

const namesOf = (call: Call, bytes: Buffer): { digest: string; tags: readonly string[] } => {
  const { reference } = call.route
  if (isTag(reference)) return { digest: digestOf(bytes), tags: [reference] }
  if (!reference.includes(':')) throw invalid('the reference is neither a tag nor a digest')
  const named = requireDigest(reference)
  if (digestOf(bytes, named.algorithm) !== named.text)
    throw refusal('DIGEST_INVALID', { detail: { digest: named.text } })
  const tags = call.flavor.tagsByQuery ? call.url.searchParams.getAll('tag') : []
  if (!tags.every(isTag)) throw invalid('a tag parameter is not a tag')
  return { digest: named.text, tags }
}

// spec.md "Push": both kinds of missing content are MANIFEST_BLOB_UNKNOWN; a missing subject is none.
const checkReferences = (repository: Repository, shape: ManifestShape): void => {
  for (const blob of shape.blobs) checkReference(blob, repository.blobs.get(blob.digest))
  for (const child of shape.children) checkReference(child, repository.manifests.get(child.digest)?.bytes.byteLength)
}

const checkReference = ({ digest, size }: Descriptor, held: number | undefined): void => {
  if (held === undefined) throw refusal('MANIFEST_BLOB_UNKNOWN', { detail: { digest } })
  // No puller could fetch it: clients check the size before the digest.
  if (held !== size) throw invalid(`the descriptor of ${digest} says ${size} bytes, the registry has ${held}`)
}

const checkTagMayMove = (call: Call, repository: Repository, put: { tag: string; digest: string }): void => {
  const current = repository.tags.get(put.tag)
  if (current === undefined || current === put.digest) return
  if (call.flavor.tagsAreImmutable?.(call, put.tag) !== true) return
  const message = call.flavor.texts?.immutableTag?.(call, put.tag)
  throw refusal('TAG_INVALID', message === undefined ? {} : { message })
}

const storedParts = (shape: ManifestShape): Omit<StoredManifest, 'digest' | 'bytes'> => {
  const { mediaType, subject, artifactType, annotations } = shape
  return {
    mediaType,
    ...(subject === undefined ? {} : { subject }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  }
}

// CNCF distribution answers 404 too when it has the manifest in a type that Accept does not name.
const accepts = (header: string | undefined, mediaType: string): boolean => {
  if (header === undefined || header.trim() === '') return true
  const ranges = header.split(',').map((range) => range.split(';', 1)[0]?.trim() ?? '')
  return ranges.some((range) => range === mediaType || range === '*/*' || range === 'application/*')
}

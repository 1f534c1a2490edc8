import type { Answer } from './answer.ts'
import { hasReferrers, type Call } from './flavor.ts'
import { findRepository, requireDigest } from './lookups.ts'
import { refusal } from './refusal.ts'
import type { StoredManifest } from './repository.ts'

const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json'

/** `GET /v2/<name>/tags/list`, with `n` and `last`. */
export const listTags = async (call: Call): Promise<Answer> => {
  const { name } = call.route
  const query = call.url.searchParams
  const last = query.get('last') ?? ''
  const after = [...findRepository(call).tags.keys()].toSorted().filter((tag) => tag > last)
  const limit = pageSize(query.get('n')) ?? after.length
  const tags = after.slice(0, limit)
  const more = limit > 0 && after.length > limit
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      ...(more ? { Link: nextPage(`/v2/${name}/tags/list`, limit, tags.at(-1) ?? '') } : {}),
    },
    body: JSON.stringify({ name, tags }),
  }
}

/** `GET /v2/_catalog`, with `n` and `last`: the repositories that hold something. */
export const listCatalog = async (call: Call): Promise<Answer> => {
  const query = call.url.searchParams
  const last = query.get('last') ?? ''
  const after = [...call.registry.repositories.values()]
    .filter(({ name, manifests }) => name > last && manifests.size > 0)
    .map(({ name }) => name)
    .toSorted()
  const limit = pageSize(query.get('n')) ?? after.length
  const repositories = after.slice(0, limit)
  const more = limit > 0 && after.length > limit
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      ...(more ? { Link: nextPage('/v2/_catalog', limit, repositories.at(-1) ?? '') } : {}),
    },
    body: JSON.stringify({ repositories }),
  }
}

/** `GET /v2/<name>/referrers/<digest>`: manifests that name the digest as their subject. */
export const listReferrers = async (call: Call): Promise<Answer> => {
  if (!hasReferrers(call)) throw refusal('UNSUPPORTED', { status: 404 })
  const subject = requireDigest(call.route.reference).text
  const wanted = call.url.searchParams.get('artifactType')
  const manifests = [...findRepository(call).manifests.values()]
    .filter((manifest) => manifest.subject === subject && (wanted === null || manifest.artifactType === wanted))
    .map(referrerDescriptor)
  return {
    status: 200,
    headers: {
      'Content-Type': INDEX_TYPE,
      ...(wanted === null ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
    },
    body: JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }),
  }
}

const referrerDescriptor = (manifest: StoredManifest) => ({
  mediaType: manifest.mediaType,
  digest: manifest.digest,
  size: manifest.bytes.byteLength,
  // JSON leaves out what is undefined.
  artifactType: manifest.artifactType,
  annotations: manifest.annotations,
})

const pageSize = (text: string | null): number | undefined => {
  if (text === null) return undefined
  if (!/^\d{1,9}$/.test(text)) throw refusal('UNSUPPORTED', { status: 400, message: 'n is not a number' })
  return Number(text)
}

const nextPage = (path: string, limit: number, last: string): string =>
  `<${path}?${new URLSearchParams({ n: String(limit), last }).toString()}>; rel="next"`

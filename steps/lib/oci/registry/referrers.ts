import { stepError, type StepError } from '../../core/errors.ts'
import { digestOf, type Digest } from '../digest.ts'
import type { Manifest } from '../image.ts'
import { Json, JsonFault } from '../json.ts'
import { maxManifestBytes } from '../manifest.ts'
import { imageIndexType } from '../media-types.ts'
import { getManifest, putManifest } from './manifests.ts'
import type { RegistryClient } from './registry-client.ts'

/** Who keeps the list of referrers: the registry by itself, or a tag that clients write. */
export type ReferrersKeeper = 'api' | 'tag'

type Entry = Readonly<Record<string, unknown>>

/** The list under the tag, with all that others have written into it. */
type List = { readonly document: Readonly<Record<string, unknown>>; readonly entries: readonly Entry[] }

/** How often the list is written at most: each time but the first another client has written over it. */
const mostWrites = 5

/** What registries without the API answer: 404, and older ones whatever they say to a path that they do not know. */
export const withoutReferrersApi: readonly number[] = [400, 404, 405, 406]

const reasons = {
  noIndex: (mediaType: string) => `it is a ${mediaType}`,
  noEntry: 'an entry of it is no descriptor',
  size: `with one entry more it is larger than ${maxManifestBytes} bytes`,
} as const

/**
 * Makes a manifest with a `subject` findable from there, after it was put and the answer had no `OCI-Subject`. On a registry without
 * the referrers API it is entered under the tag `sha256-<hex of the subject>` (distribution-spec, "Unavailable Referrers API"); entries of
 * others stay as they are. Throws REGISTRY_REFERRERS_*, REGISTRY_*, NETWORK_*.
 */
export async function keepReferrer(client: RegistryClient, manifest: Manifest): Promise<ReferrersKeeper> {
  const { subject } = manifest
  if (subject === undefined || (await hasReferrersApi(client, subject.digest))) return 'api'
  const tag = referrersTag(subject.digest)
  for (let writes = 0; ; writes += 1) {
    const list = await readList(client, tag)
    // Also after our own write: who had read before it may have written over it.
    if (list.entries.some((entry) => entry['digest'] === manifest.descriptor.digest)) return 'tag'
    if (writes === mostWrites)
      throw stepError('REGISTRY_REFERRERS_CONTENDED', { tag, registry: client.registry, repository: client.repository })
    await putManifest(client, tag, withEntry(client, tag, list, manifest))
  }
}

/** The tag under which clients list what refers to a manifest (distribution-spec, "Referrers Tag Schema"): 64 characters of the hex at most. */
export function referrersTag(subject: Digest): string {
  const [algorithm = '', hex = ''] = subject.split(':')
  return `${algorithm}-${hex.slice(0, 64)}`
}

/** A page of HTML with status 200 is no list: some registries answer so on any path that they do not know. */
async function hasReferrersApi(client: RegistryClient, subject: Digest): Promise<boolean> {
  const url = client.url(`referrers/${subject}`)
  return await client.patiently(async () => {
    const response = await client.send({ method: 'GET', url, headers: { accept: imageIndexType } })
    if (withoutReferrersApi.includes(response.status)) return false
    if (response.status !== 200) throw client.refusal(response, { operation: 'getReferrers', digest: subject })
    return (response.headers['content-type'] ?? '').split(';')[0]?.trim() === imageIndexType
  })
}

async function readList(client: RegistryClient, tag: string): Promise<List> {
  const stored = await getManifest(client, tag)
  if (stored === undefined) return { document: { schemaVersion: 2, mediaType: imageIndexType }, entries: [] }
  const { mediaType } = stored.descriptor
  if (mediaType !== imageIndexType) throw invalid(client, tag, reasons.noIndex(mediaType))
  try {
    Json.parse(stored.bytes).optional('manifests')?.items()
  } catch (error) {
    throw error instanceof JsonFault ? invalid(client, tag, error.message) : error
  }
  const document: Readonly<Record<string, unknown>> = { ...Object(JSON.parse(stored.bytes.toString('utf8'))) }
  const entries: unknown = document['manifests'] ?? []
  if (!Array.isArray(entries) || !entries.every(isEntry)) throw invalid(client, tag, reasons.noEntry)
  return { document, entries }
}

function withEntry(client: RegistryClient, tag: string, list: List, manifest: Manifest): Manifest {
  const { descriptor, artifactType, annotations } = manifest
  const { mediaType, digest, size } = descriptor
  const more = {
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  }
  const manifests = [...list.entries, { mediaType, digest, size, ...more }]
  const bytes = Buffer.from(JSON.stringify({ ...list.document, manifests }))
  if (bytes.length > maxManifestBytes) throw invalid(client, tag, reasons.size)
  return { descriptor: { mediaType: imageIndexType, digest: digestOf(bytes), size: bytes.length }, bytes }
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid({ registry, repository }: RegistryClient, tag: string, reason: string): StepError {
  return stepError('REGISTRY_REFERRERS_INVALID', { tag, registry, repository, reason })
}

import { refusal } from './refusal.ts'
import { requireDigest } from './lookups.ts'

/** The parts of a manifest that a registry looks at. */
export type ManifestShape = {
  readonly mediaType: string
  /** Config and layers, except for those that live elsewhere by design. */
  readonly blobs: readonly Descriptor[]
  /** Entries of an index. */
  readonly children: readonly Descriptor[]
  readonly subject?: string
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, unknown>>
}

export type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number }

/** What a registry takes at the manifest endpoint. Docker's own types must say `mediaType` in the body, OCI's may. */
const MANIFEST_TYPES: Readonly<Record<string, { readonly holds: 'blobs' | 'manifests'; readonly saysType: boolean }>> =
  {
    'application/vnd.oci.image.manifest.v1+json': { holds: 'blobs', saysType: false },
    'application/vnd.oci.image.index.v1+json': { holds: 'manifests', saysType: false },
    'application/vnd.docker.distribution.manifest.v2+json': { holds: 'blobs', saysType: true },
    'application/vnd.docker.distribution.manifest.list.v2+json': { holds: 'manifests', saysType: true },
  }

/** Layers with these types are fetched from their `urls` and need not be in the registry (image-spec layer.md). */
const ELSEWHERE = /^application\/vnd\.(oci\.image\.layer\.nondistributable\.|docker\.image\.rootfs\.foreign\.)/

/** Reads a pushed manifest, or refuses with MANIFEST_INVALID and the reason. */
export const parseManifest = (bytes: Buffer, contentType: string | undefined): ManifestShape => {
  // Parameters of the type are ignored (spec.md "Pushing Manifests").
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim() ?? ''
  const kind = MANIFEST_TYPES[mediaType]
  if (kind === undefined) throw invalid(`unknown manifest type ${mediaType}`)
  const body = parseObject(bytes)
  if (body['schemaVersion'] !== 2) throw invalid('schemaVersion is not 2')
  const said = body['mediaType']
  if (said === undefined ? kind.saysType : said !== mediaType) throw invalid('mediaType and Content-Type differ')
  // A document that reads as image and as index means different things to different clients (CVE-2021-41190).
  const foreign = kind.holds === 'blobs' ? ['manifests'] : ['layers', 'config']
  if (foreign.some((member) => body[member] !== undefined)) throw invalid('the manifest is of two kinds')
  return { mediaType, ...(kind.holds === 'blobs' ? imageParts(body) : indexParts(body)), ...referrerParts(body) }
}

const imageParts = (body: Record<string, unknown>) => {
  const config = descriptor(body['config'])
  const layers = descriptors(body['layers']).filter((layer) => !ELSEWHERE.test(layer.mediaType))
  // A referrer without an artifactType is listed by its config's type (spec.md "Listing Referrers").
  return { blobs: [config, ...layers], children: [], artifactType: config.mediaType }
}

const indexParts = (body: Record<string, unknown>) => ({ blobs: [], children: descriptors(body['manifests']) })

const referrerParts = (body: Record<string, unknown>): Partial<ManifestShape> => {
  const { artifactType, annotations, subject } = body
  return {
    ...(typeof artifactType === 'string' && artifactType !== '' ? { artifactType } : {}),
    ...(isObject(annotations) ? { annotations } : {}),
    ...(subject === undefined ? {} : { subject: descriptor(subject).digest }),
  }
}

const descriptors = (value: unknown): readonly Descriptor[] => {
  if (!Array.isArray(value)) throw invalid('a list of descriptors is missing')
  return value.map(descriptor)
}

const descriptor = (value: unknown): Descriptor => {
  if (!isObject(value)) throw invalid('a descriptor is missing')
  const { mediaType, digest, size } = value
  if (typeof mediaType !== 'string' || typeof digest !== 'string')
    throw invalid('a descriptor lacks mediaType or digest')
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw invalid('a descriptor lacks its size')
  requireDigest(digest)
  return { mediaType, digest, size }
}

const parseObject = (bytes: Buffer): Record<string, unknown> => {
  let body: unknown
  try {
    body = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw invalid('the body is not JSON')
  }
  if (!isObject(body)) throw invalid('the body is not an object')
  return body
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** MANIFEST_INVALID with its reason. */
export const invalid = (message: string) => refusal('MANIFEST_INVALID', { message })

import { stepError } from '../../core/errors.ts'
import { digestOf } from '../digest.ts'
import type { Descriptor } from '../descriptor.ts'
import type { ImageSource } from '../image-source.ts'
import type { Manifest } from '../image.ts'
import { Json, JsonFault } from '../json.ts'
import { manifestKind, manifestTypes } from '../media-types.ts'
import { differs, downloadBlob } from './blob-download.ts'
import { getManifest } from './manifests.ts'
import type { RegistryClient } from './registry-client.ts'

/**
 * An image on a registry, by its tag or digest, as what is sent to other registries or into a folder. A tag is looked up once: whoever moves it
 * meanwhile changes nothing. Throws REGISTRY_*, NETWORK_*.
 */
export function registrySource(client: RegistryClient, reference: string): ImageSource {
  let root: Promise<Manifest> | undefined
  return {
    ...contentOf(client, async (descriptor) => {
      const first = await root
      return first?.descriptor.digest === descriptor.digest ? first : undefined
    }),
    path: `${client.registry}/${client.repository}${reference.includes(':') ? '@' : ':'}${reference}`,
    root: async () => (await (root ??= readRoot(client, reference))).descriptor,
  }
}

/** What one manifest of a registry holds, as an image of its own. */
export function manifestSource(client: RegistryClient, manifest: Manifest): ImageSource {
  const { descriptor } = manifest
  return {
    ...contentOf(client, async ({ digest }) => (digest === descriptor.digest ? manifest : undefined)),
    path: `${client.registry}/${client.repository}@${descriptor.digest}`,
    root: async () => descriptor,
  }
}

type Known = (descriptor: Descriptor) => Promise<Manifest | undefined>

function contentOf(client: RegistryClient, known: Known): Omit<ImageSource, 'path' | 'root'> {
  return {
    kind: 'registry',
    readManifest: async (descriptor) => {
      const manifest = (await known(descriptor)) ?? (await getManifest(client, descriptor.digest))
      if (manifest === undefined) return undefined
      const { length } = manifest.bytes
      if (length !== descriptor.size)
        throw differs(client, descriptor, `it has ${length} bytes, not ${descriptor.size}`)
      return manifest.bytes
    },
    // Not looked up: a registry takes a manifest only with all that it names, and what is gone since is found when it is read.
    blobSize: async ({ size }) => size,
    openBlob: (descriptor) => downloadBlob(client, descriptor),
    close: async () => undefined,
  }
}

async function readRoot(client: RegistryClient, reference: string): Promise<Manifest> {
  const found = await getManifest(client, reference)
  const { registry, repository } = client
  if (found === undefined) throw stepError('REGISTRY_IMAGE_UNKNOWN', { reference, repository, registry })
  const mediaType = typeOf(found)
  if (manifestKind(mediaType) === undefined)
    throw stepError('REGISTRY_IMAGE_UNSUPPORTED', {
      reference,
      repository,
      registry,
      'media-type': mediaType,
      supported: manifestTypes.join(', '),
    })
  const { bytes } = found
  return { ...found, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } }
}

/** What the registry says, unless that is no type of manifests: some proxies answer with one of their own. */
function typeOf({ descriptor, bytes }: Manifest): string {
  if (manifestKind(descriptor.mediaType) !== undefined) return descriptor.mediaType
  try {
    return Json.parse(bytes).optional('mediaType')?.string() ?? descriptor.mediaType
  } catch (error) {
    if (error instanceof JsonFault) return descriptor.mediaType
    throw error
  }
}

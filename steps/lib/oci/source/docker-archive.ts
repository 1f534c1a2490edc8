import { stepError } from '../../core/errors.ts'
import { blobBody } from './blob-source.ts'
import { chooseImage } from './choose-image.ts'
import type { Descriptor } from '../descriptor.ts'
import { digestOf, type Digest } from '../digest.ts'
import { checkLayer, storeLayer, type LayerOptions, type StoredLayer } from './docker-layers.ts'
import { readDiffIds, readDockerManifest, type DockerImage } from './docker-manifest.ts'
import type { ImageSource } from '../image-source.ts'
import { partOf, type OpenedFile } from './opened-file.ts'
import { imageConfigType, imageManifestType } from '../media-types.ts'
import { findFile, tarStore } from './tar-store.ts'
import type { TarIndex } from './tar-index.ts'

export type DockerArchive = LayerOptions & {
  readonly path: string
  readonly tar: OpenedFile
  readonly index: TarIndex
  /** Which of its images: its tag or the digest of its config. */
  readonly ref: string | undefined
}

const maxLayers = 10_000

const reasons = {
  count: (layers: number, diffIds: number) =>
    `the config names ${diffIds} layers, manifest.json ${layers} (at most ${maxLayers} can be read)`,
} as const

/**
 * An image that `docker save`, kaniko --tarPath or podman wrote, as OCI image: the config's bytes as they are, a manifest made from them.
 * All layers are read and checked here; nothing can turn out wrong later. Throws LAYOUT_*.
 */
export async function openDockerArchive(archive: DockerArchive): Promise<ImageSource> {
  const { path, tar, index } = archive
  const image = await choose(archive)
  const layers = await storeLayers(archive, image)
  // Docker's configs are OCI's: the same document under an older name (image-spec config.md).
  const config = { mediaType: imageConfigType, digest: digestOf(image.configBytes), size: image.configBytes.length }
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: imageManifestType,
      config,
      layers: layers.map((one) => one.descriptor),
    }),
  )
  const root = { mediaType: imageManifestType, digest: digestOf(manifest), size: manifest.length }
  const blobs = new Map(layers.map(({ descriptor, file }) => [descriptor.digest, file]))
  const place = findFile(index, image.config)
  if (place !== undefined) blobs.set(config.digest, partOf(tar, place))
  return sourceOf({ path, root, manifest, blobs })
}

function sourceOf({ path, root, manifest, blobs }: Made): ImageSource {
  return {
    kind: 'docker-archive',
    path,
    root: async () => root,
    readManifest: async ({ digest }) => (digest === root.digest ? manifest : undefined),
    blobSize: async ({ digest }) => blobs.get(digest)?.size,
    openBlob: (descriptor) => blobBody(descriptor, async () => blobs.get(descriptor.digest)),
    close: async () => undefined,
  }
}

type Made = {
  readonly path: string
  readonly root: Descriptor
  readonly manifest: Buffer
  readonly blobs: ReadonlyMap<Digest, OpenedFile>
}

async function choose({ tar, index, path, ref }: DockerArchive): Promise<DockerImage> {
  return chooseImage(path, await readDockerManifest(tarStore(tar, index, path)), ref)
}

/** Layers in their order. The same bytes are converted once, however many names they have; each file is checked. */
async function storeLayers(archive: DockerArchive, image: DockerImage): Promise<readonly StoredLayer[]> {
  const diffIds = readDiffIds(image)
  const { layers } = image
  if (diffIds.length !== layers.length || layers.length > maxLayers)
    throw stepError('LAYOUT_LAYER_MISMATCH', {
      file: image.config,
      reason: reasons.count(layers.length, diffIds.length),
    })
  const places = findLayers(archive, layers)
  const stored = new Map<Digest, StoredLayer>()
  const checked = new Set<string>()
  for (const [position, { name, offset, size }] of places.entries()) {
    const diffId = diffIds[position]
    if (diffId === undefined) continue
    const layer = { name, file: partOf(archive.tar, { offset, size }), diffId }
    if (!stored.has(diffId)) stored.set(diffId, await storeLayer(layer, archive))
    else if (!checked.has(`${diffId} ${offset}`)) await checkLayer(layer, archive.signal)
    checked.add(`${diffId} ${offset}`)
  }
  return diffIds.flatMap((diffId) => stored.get(diffId) ?? [])
}

/** Where the layers lie; throws for all that are missing at once. */
function findLayers({ index }: DockerArchive, layers: readonly string[]): readonly Place[] {
  const found = layers.map((name) => ({ name, entry: findFile(index, name) }))
  const missing = found.filter(({ entry }) => entry === undefined).map(({ name }) => name)
  if (missing.length > 0)
    throw stepError('LAYOUT_BLOB_MISSING', { count: String(missing.length), digests: missing.join(', ') })
  return found.flatMap(({ name, entry }) => (entry === undefined ? [] : [{ name, ...entry }]))
}

type Place = { readonly name: string; readonly offset: number; readonly size: number }

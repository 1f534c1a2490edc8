import { compressionOf } from './compression.ts'
import type { Descriptor } from './descriptor.ts'
import { blobPath, type Digest } from './digest.ts'
import type { FileStore } from './file-store.ts'
import type { ImageSource } from './image-source.ts'
import { readingFile } from './layout-fault.ts'
import { readManifest } from './manifest.ts'
import { isFileSystemLayer } from './media-types.ts'

/** Far above what archives with both kinds of manifest hold; `loadImage` has bounds of its own. */
const maxManifests = 1000

/**
 * The configs of those images of a layout that have uncompressed layers. Told by the layers' bytes: Docker has written wrong media types.
 * What the layout lacks is passed over here, and named when the image is loaded.
 */
export async function findUncompressed(source: ImageSource, files: FileStore): Promise<ReadonlySet<Digest>> {
  const configs = new Set<Digest>()
  const queue: Descriptor[] = [await source.root()]
  const seen = new Set<Digest>()
  for (const descriptor of queue) {
    if (seen.has(descriptor.digest) || seen.size === maxManifests) continue
    seen.add(descriptor.digest)
    const bytes = await source.readManifest(descriptor)
    if (bytes === undefined) continue
    const content = readingFile(blobPath(descriptor.digest), () => readManifest(bytes, descriptor))
    queue.push(...content.manifests)
    const [config, ...layers] = content.blobs
    if (config !== undefined && (await someUncompressed(layers, files))) configs.add(config.digest)
  }
  return configs
}

async function someUncompressed(layers: readonly Descriptor[], files: FileStore): Promise<boolean> {
  for (const { mediaType, digest } of layers) {
    if (!isFileSystemLayer(mediaType)) continue
    const opened = await files.open(blobPath(digest))
    if (opened === undefined) continue
    await using file = opened
    if ((await compressionOf(file)) === undefined) return true
  }
  return false
}

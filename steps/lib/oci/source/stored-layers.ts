import { compressionOf } from './compression.ts'
import type { Descriptor } from '../descriptor.ts'
import { blobPath, type Digest } from '../digest.ts'
import type { FileStore } from './file-store.ts'
import type { ImageSource } from '../image-source.ts'
import { readingFile } from '../layout-fault.ts'
import { readManifest } from '../manifest.ts'
import { isFileSystemLayer, manifestKind } from '../media-types.ts'

/**
 * The config of a layout's image when it has uncompressed layers. Told by the layers' bytes: Docker has written wrong media types.
 * Undefined for an index: what is made of one image anew can never take its place. What the layout lacks is passed over here, and named
 * when the image is loaded.
 */
export async function findUncompressed(source: ImageSource, files: FileStore): Promise<Digest | undefined> {
  const root = await source.root()
  const bytes = manifestKind(root.mediaType) === 'manifest' ? await source.readManifest(root) : undefined
  if (bytes === undefined) return undefined
  const [config, ...layers] = readingFile(blobPath(root.digest), () => readManifest(bytes, root)).blobs
  return config !== undefined && (await someUncompressed(layers, files)) ? config.digest : undefined
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

import type { Descriptor } from './descriptor.ts'
import type { Image, Manifest } from './image.ts'
import { readManifest } from './manifest.ts'
import { isFileSystemLayer, isImageConfig, manifestKind } from './media-types.ts'

/**
 * The images that can be run among all manifests of what is pushed: no indexes, and no attestations, signatures or other artifacts. Where there is none,
 * what is pushed itself.
 */
export function containerImagesIn({ root, children }: Image): readonly Descriptor[] {
  const images = [...children, root].filter(isContainerImage).map(({ descriptor }) => descriptor)
  return images.length === 0 ? [root.descriptor] : images
}

/** Attestations of BuildKit call their config one of an image: their layers tell them from one. */
function isContainerImage({ descriptor, bytes }: Manifest): boolean {
  if (manifestKind(descriptor.mediaType) !== 'manifest') return false
  const [config, ...layers] = readManifest(bytes, descriptor).blobs
  if (config === undefined || !isImageConfig(config.mediaType)) return false
  return layers.length === 0 || layers.some(({ mediaType }) => isFileSystemLayer(mediaType))
}

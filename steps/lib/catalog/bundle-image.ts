import { Readable } from 'node:stream'
import { loadImage, type Image } from '../oci/image.ts'
import type { ImageSource } from '../oci/image-source.ts'
import type { Bundle } from './bundle.ts'

/** A bundle as an image of our own engine, which pushes it from memory. */
export async function bundleImage(bundle: Bundle): Promise<Image> {
  return await loadImage(bundleSource(bundle))
}

function bundleSource({ root, blobs }: Bundle): ImageSource {
  return {
    kind: 'layout',
    path: 'Tekton bundle',
    root: async () => root,
    readManifest: async ({ digest }) => blobs.get(digest),
    blobSize: async ({ digest }) => blobs.get(digest)?.length,
    openBlob: ({ digest, size }) => ({
      length: size,
      // One chunk of bytes: a Buffer by itself would be read as a list of numbers.
      open: () => Readable.from([blobs.get(digest) ?? Buffer.alloc(0)], { objectMode: false }),
    }),
    close: async () => undefined,
  }
}

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { blobPath } from '../oci/digest.ts'
import { imageIndexType } from '../oci/media-types.ts'
import type { Bundle } from './bundle.ts'

/** Writes a bundle into a folder as OCI image layout (image-spec image-layout.md), under this `org.opencontainers.image.ref.name`. */
export async function writeBundleLayout(bundle: Bundle, folder: string, refName: string): Promise<void> {
  const annotations = { 'org.opencontainers.image.ref.name': refName }
  const index = { schemaVersion: 2, mediaType: imageIndexType, manifests: [{ ...bundle.root, annotations }] }
  for (const [digest, bytes] of bundle.blobs) await write(join(folder, blobPath(digest)), bytes)
  await write(join(folder, 'index.json'), JSON.stringify(index))
  await write(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
}

async function write(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
}

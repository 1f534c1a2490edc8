import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { digestOf } from './digest.ts'
import { describeBytes, INDEX_TYPE, MANIFEST_TYPE } from './sample-image.ts'
import type { SampleDescriptor } from './sample-image.ts'

/** An OCI image layout on disk with an index of two small images, for clients that nobody here wrote. */
export type OciLayout = {
  readonly folder: string
  readonly indexDigest: string
  readonly layerDigests: readonly string[]
}

const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json'
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip'
const LAYERS_PER_IMAGE = 3
const LAYER_BYTES = 100_000

/** Writes the layout (image-spec image-layout.md) under the tag `multi`, and its first image alone as `single`. */
export const writeOciLayout = async (folder: string): Promise<OciLayout> => {
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true })
  const layerDigests: string[] = []
  const write = async (mediaType: string, bytes: string | Buffer): Promise<SampleDescriptor> => {
    await writeFile(join(folder, 'blobs', 'sha256', digestOf(bytes).slice('sha256:'.length)), bytes)
    return describeBytes(mediaType, bytes)
  }
  const image = async (architecture: string) => {
    const tars = Array.from({ length: LAYERS_PER_IMAGE }, () => randomBytes(LAYER_BYTES))
    const diffIds = tars.map((tar) => digestOf(tar))
    const rootfs = { type: 'layers', diff_ids: diffIds }
    const config = await write(CONFIG_TYPE, JSON.stringify({ architecture, os: 'linux', config: {}, rootfs }))
    const layers = []
    for (const tar of tars) layers.push(await write(LAYER_TYPE, gzipSync(tar)))
    layerDigests.push(...layers.map(({ digest }) => digest))
    const manifest = { schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers }
    return { ...(await write(MANIFEST_TYPE, JSON.stringify(manifest))), platform: { architecture, os: 'linux' } }
  }
  const images = [await image('amd64'), await image('arm64')]
  const multi = await write(INDEX_TYPE, JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests: images }))
  const entries = [named(multi, 'multi'), named(images[0], 'single')]
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: entries }))
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  return { folder, indexDigest: multi.digest, layerDigests }
}

const named = (descriptor: SampleDescriptor | undefined, tag: string): object => ({
  ...descriptor,
  annotations: { 'org.opencontainers.image.ref.name': tag },
})

import { createHash, randomFillSync } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Source } from './source.ts'

type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number }

const types = {
  config: 'application/vnd.oci.image.config.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  plain: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const

/** How the layout is named in its `index.json`, for programs that ask for a name. */
const refName = 'bench'

const chunkBytes = 1024 * 1024

/** Bytes that no compressor makes smaller, repeated: nobody looks for what is the same in a blob. */
const noise = randomFillSync(Buffer.allocUnsafe(chunkBytes))

/** Writes an image of `layers` gzip layers, each of `layerBytes` and a little, into a folder as a layout. */
export async function writeLayout(folder: string, layers: number, layerBytes: number): Promise<Source> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true })
  const written: Descriptor[] = []
  for (let layer = 0; layer < layers; layer += 1) written.push(await writeLayer(folder, layer, layerBytes))
  return await writeImage(folder, written)
}

/** The SHA-256 of 20,000,000,000 zeros, which as a tar archive are an empty one. */
export const zeros = {
  size: 20_000_000_000,
  digest: 'sha256:c3e5d415e2a12e6a97ad47e0027b1b26894f6f163fbf58f9f11e325322e12a9a',
} as const

/** Writes an image of one layer of 20 GB that takes no room: a hole in a file, which is read as zeros. */
export async function writeHollowLayout(folder: string): Promise<Source> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true })
  await using file = await open(fileOf(folder, zeros.digest), 'w')
  await file.truncate(zeros.size)
  return await writeImage(folder, [{ mediaType: types.plain, ...zeros }])
}

async function writeImage(folder: string, layers: readonly Descriptor[]): Promise<Source> {
  const config = await writeBlob(folder, types.config, {
    architecture: 'amd64',
    os: 'linux',
    // Of what is in the layers: nobody looks at them when layers are copied as they are.
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  })
  const mediaType = types.manifest
  const manifest = await writeBlob(folder, mediaType, { schemaVersion: 2, mediaType, config, layers })
  const named = { ...manifest, annotations: { 'org.opencontainers.image.ref.name': refName } }
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }))
  const bytes = layers.reduce((sum, { size }) => sum + size, config.size)
  return { kind: 'layout', path: folder, refName, bytes }
}

/** A true gzip file of blocks that are stored, not compressed: programs look whether layers are gzip, and would compress others. */
async function writeLayer(folder: string, layer: number, layerBytes: number): Promise<Descriptor> {
  const file = join(folder, `layer-${layer}`)
  const hash = createHash('sha256')
  let size = 0
  const looked = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk)
      size += chunk.length
      done(null, chunk)
    },
  })
  const input = Readable.from(noiseOf(layer, layerBytes), { objectMode: false })
  await pipeline(input, createGzip({ level: 0, chunkSize: chunkBytes }), looked, createWriteStream(file))
  const digest = `sha256:${hash.digest('hex')}`
  await rename(file, fileOf(folder, digest))
  return { mediaType: types.gzip, digest, size }
}

function* noiseOf(layer: number, bytes: number): Generator<Buffer> {
  yield Buffer.from(`layer ${layer} `.padEnd(32))
  for (let left = bytes - 32; left > 0; left -= chunkBytes) yield noise.subarray(0, Math.min(left, chunkBytes))
}

async function writeBlob(folder: string, mediaType: string, json: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(json))
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  await writeFile(fileOf(folder, digest), bytes)
  return { mediaType, digest, size: bytes.length }
}

function fileOf(folder: string, digest: string): string {
  return join(folder, 'blobs', digest.replace(':', '/'))
}

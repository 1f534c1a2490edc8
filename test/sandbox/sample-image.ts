import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** What a sample image holds; the same contents give the same digests. */
export type SampleImage = {
  /** One image when absent or one entry; a multi-platform index otherwise. */
  readonly platforms?: readonly { readonly os: string; readonly architecture: string }[]
  /** Files of each layer: path → contents. */
  readonly layers: readonly Readonly<Record<string, string | Buffer>>[]
  /** `org.opencontainers.image.ref.name` in index.json. */
  readonly refName?: string
}

type Descriptor = {
  mediaType: string
  digest: string
  size: number
  platform?: object
  annotations?: Record<string, string>
}

/** A real image that every client accepts: gzip layers of a tar each, config with diff_ids. Gives the digest of what was written. */
export async function writeSampleLayout(folder: string, image: SampleImage): Promise<string> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true })
  const platforms = image.platforms ?? [{ os: 'linux', architecture: 'amd64' }]
  const manifests: Descriptor[] = []
  for (const platform of platforms) manifests.push({ ...(await writeImage(folder, image, platform)), platform })
  const first = manifests[0]
  if (first === undefined) throw new Error('an image has at least one platform')
  const { platform: _platform, ...single } = first
  const root = manifests.length === 1 ? single : await writeIndex(folder, manifests)
  const annotations =
    image.refName === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': image.refName } }
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  await writeFile(
    join(folder, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...root, ...annotations }] }),
  )
  return root.digest
}

async function writeIndex(folder: string, manifests: readonly Descriptor[]): Promise<Descriptor> {
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  return await writeBlob(folder, mediaType, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })))
}

async function writeImage(
  folder: string,
  image: SampleImage,
  platform: { os: string; architecture: string },
): Promise<Descriptor> {
  const tars = image.layers.map((files) => tarOf(files))
  const layers: Descriptor[] = []
  for (const tar of tars) {
    // Level 0 keeps big layers big and quick to make.
    const bytes = gzipSync(tar, { level: tar.length > 1_000_000 ? 0 : 9 })
    layers.push(await writeBlob(folder, 'application/vnd.oci.image.layer.v1.tar+gzip', bytes))
  }
  const config = {
    ...platform,
    created: '2026-01-01T00:00:00Z',
    config: { Entrypoint: ['/hello'], Labels: { 'org.opencontainers.image.title': 'sample' } },
    rootfs: { type: 'layers', diff_ids: tars.map((tar) => `sha256:${sha256(tar)}`) },
    history: image.layers.map((_, index) => ({ created: '2026-01-01T00:00:00Z', created_by: `layer ${index + 1}` })),
  }
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: await writeBlob(folder, 'application/vnd.oci.image.config.v1+json', Buffer.from(JSON.stringify(config))),
    layers,
  }
  return await writeBlob(folder, mediaType, Buffer.from(JSON.stringify(manifest)))
}

async function writeBlob(folder: string, mediaType: string, bytes: Buffer): Promise<Descriptor> {
  const hex = sha256(bytes)
  await writeFile(join(folder, 'blobs/sha256', hex), bytes)
  return { mediaType, digest: `sha256:${hex}`, size: bytes.length }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A ustar archive (POSIX.1-1988) of plain files, each 0644, owned by root, at the epoch. */
function tarOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const bytes = Buffer.from(content)
    return [tarHeader(name, bytes.length), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
  })
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512)
  const octal = (value: number, width: number) => value.toString(8).padStart(width - 1, '0') + '\0'
  header.write(name, 0)
  header.write(octal(0o644, 8) + octal(0, 8) + octal(0, 8) + octal(size, 12) + octal(0, 12) + ' '.repeat(8) + '0', 100)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(sum.toString(8).padStart(6, '0') + '\0 ', 148)
  return header
}

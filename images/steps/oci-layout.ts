import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Architecture } from './platforms.ts'
import { runProgram } from './run-program.ts'

/** An OCI content descriptor (image-spec, descriptor.md), as far as it is used here. */
export type Descriptor = {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: { readonly os: string; readonly architecture: string }
  readonly annotations?: Readonly<Record<string, string>>
}

/** An OCI image manifest or index. */
export type Manifest = {
  readonly schemaVersion: number
  readonly mediaType?: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly manifests?: readonly Descriptor[]
}

/** The manifest of one platform in an image. */
export type PlatformImage = { readonly architecture: Architecture; readonly manifest: Manifest }

/** Path of a blob in an OCI layout. */
export function blobPath(layout: string, digest: string): string {
  return join(layout, 'blobs', ...digest.split(':'))
}

/** A blob that is JSON. The caller says of which form: it has been written by a builder, not by a stranger. */
export async function readBlob<T>(layout: string, digest: string): Promise<T> {
  const content: T = JSON.parse(await readFile(blobPath(layout, digest), 'utf8'))
  return content
}

/** The descriptors of a layout's `index.json`. */
export async function topOf(layout: string): Promise<readonly Descriptor[]> {
  const { manifests = [] }: Partial<Manifest> = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'))
  return manifests
}

/** Layers that are compressed already, by the digests of their plain tars, with the layout that has each. */
export type PackedLayers = Map<string, { readonly layer: Descriptor; readonly layout: string }>

/**
 * Takes an image that buildah has pushed to `dir:` with plain tars into the layout `to`, with its layers compressed as far as gzip can: 3 MB
 * less than buildah's own gzip, and the same bytes whichever version of buildah there is. What is among the `packed` is taken from there, and
 * what is not is put there. Returns the image's descriptor.
 */
export async function takeImage(
  { from, to, architecture }: { readonly from: string; readonly to: string; readonly architecture: Architecture },
  packed: PackedLayers,
): Promise<Descriptor> {
  await mkdir(join(to, 'blobs/sha256'), { recursive: true })
  const plain: Manifest = JSON.parse(await readFile(join(from, 'manifest.json'), 'utf8'))
  await rename(inDirectory(from, plain.config.digest), blobPath(to, plain.config.digest))
  const layers = await Promise.all(
    plain.layers.map(async (layer) => {
      const known = packed.get(layer.digest)
      if (known === undefined) {
        const made = await compressLayer(from, layer, to)
        packed.set(layer.digest, { layer: made, layout: to })
        return made
      }
      const path = blobPath(to, known.layer.digest)
      if (!existsSync(path)) await link(blobPath(known.layout, known.layer.digest), path)
      return known.layer
    }),
  )
  const manifest = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config: plain.config }
  return { ...(await writeBlob(to, { ...manifest, layers })), platform: { os: 'linux', architecture } }
}

/** Path of a blob in a folder that the transport `dir:` has written. */
function inDirectory(folder: string, digest: string): string {
  return join(folder, digest.replace('sha256:', ''))
}

async function compressLayer(from: string, { mediaType, digest }: Descriptor, to: string): Promise<Descriptor> {
  if (mediaType !== 'application/vnd.oci.image.layer.v1.tar') throw new Error(`${digest} is no plain tar: ${mediaType}`)
  const plain = inDirectory(from, digest)
  await runProgram('gzip', ['-9', '--no-name', plain])
  const packed = await readFile(`${plain}.gz`)
  const found = digestOf(packed)
  await rename(`${plain}.gz`, blobPath(to, found))
  return { mediaType: `${mediaType}+gzip`, digest: found, size: packed.length }
}

/** Writes an index of the images and names it in the layout. Returns the index's digest. */
export async function writeIndex(
  layout: string,
  manifests: readonly Descriptor[],
  name: { readonly repository: string; readonly tag: string },
): Promise<string> {
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const index = await writeBlob(layout, { schemaVersion: 2, mediaType, manifests })
  const annotations = {
    'org.opencontainers.image.ref.name': name.tag,
    // What containerd calls the image when it imports the archive.
    'io.containerd.image.name': `${name.repository}:${name.tag}`,
  }
  const top = { schemaVersion: 2, mediaType, manifests: [{ ...index, annotations }] }
  await writeFile(join(layout, 'index.json'), JSON.stringify(top))
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  return index.digest
}

async function writeBlob(
  layout: string,
  content: Pick<Descriptor, 'mediaType'> & Readonly<Record<string, unknown>>,
): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(content))
  const digest = digestOf(bytes)
  await writeFile(blobPath(layout, digest), bytes)
  return { mediaType: content.mediaType, digest, size: bytes.length }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** Packs a layout into one file, an OCI archive; the same layout gives the same bytes. */
export async function packLayout(layout: string, archive: string): Promise<void> {
  await rm(archive, { force: true })
  const fixed = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX']
  await runProgram('tar', [...fixed, '-cf', archive, '-C', layout, 'blobs', 'index.json', 'oci-layout'])
}

import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
import type { SampleImage } from '../sandbox/sample-image.ts'

/** What names a blob or a manifest (image-spec descriptor.md). */
export type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number }

type ManifestJson = { readonly manifests?: readonly Descriptor[] }

const manifestType = 'application/vnd.oci.image.manifest.v1+json'

/** The same documents under their older names (image-spec media-types.md, "Compatibility Matrix"). */
const dockerTypes: ReadonlyMap<string, string> = new Map([
  [manifestType, 'application/vnd.docker.distribution.manifest.v2+json'],
  ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json'],
  ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'],
  ['application/vnd.oci.image.layer.v1.tar+gzip', 'application/vnd.docker.image.rootfs.diff.tar.gzip'],
])

/** What an artifact holds; its subject may be anywhere. */
export type Artifact = {
  readonly artifactType: string
  readonly content: string
  readonly config?: string
  readonly subject?: Descriptor
  /** The name under which clients pull the content. */
  readonly file?: string
}

/** Writes an artifact of one blob (image-spec manifest.md, "Guidelines for Artifact Usage") into a folder as a layout. */
export async function writeArtifact(folder: string, artifact: Artifact): Promise<string> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true })
  const { artifactType, subject, content, file, config = '{}' } = artifact
  const named = file === undefined ? {} : { annotations: { 'org.opencontainers.image.title': file } }
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType,
    config: await writeBlob(folder, 'application/vnd.oci.empty.v1+json', config),
    layers: [{ ...(await writeBlob(folder, 'text/plain', content)), ...named }],
    ...(subject === undefined ? {} : { subject }),
  }
  return await writeRoot(folder, await writeBlob(folder, manifestType, JSON.stringify(manifest)))
}

/** Descriptor of the one image that a layout holds. */
export async function rootOf(folder: string): Promise<Descriptor> {
  const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as { manifests: readonly Descriptor[] }
  const [root, ...others] = index.manifests
  if (root === undefined || others.length > 0) throw new Error(`${folder} does not hold one image`)
  return root
}

/** Writes a sample image whose manifests, config and layers have Docker's types. */
export async function writeDockerLayout(folder: string, image: SampleImage): Promise<string> {
  await writeSampleLayout(folder, image)
  return await writeRoot(folder, await rename(folder, await rootOf(folder)))
}

/** Descriptor of an OCI manifest with these bytes. */
export function describeManifest(text: string): Descriptor {
  return describe(manifestType, Buffer.from(text))
}

async function rename(folder: string, descriptor: Descriptor): Promise<Descriptor> {
  const file = fileOf(folder, descriptor)
  const json = JSON.parse(await readFile(file, 'utf8')) as ManifestJson
  const children = json.manifests === undefined ? {} : { manifests: await renameAll(folder, json.manifests) }
  await rm(file)
  let text = JSON.stringify({ ...json, ...children })
  for (const [oci, docker] of dockerTypes) text = text.replaceAll(oci, docker)
  const mediaType = dockerTypes.get(descriptor.mediaType) ?? descriptor.mediaType
  return { ...descriptor, ...(await writeBlob(folder, mediaType, text)) }
}

async function renameAll(folder: string, descriptors: readonly Descriptor[]): Promise<readonly Descriptor[]> {
  return await Promise.all(descriptors.map((descriptor) => rename(folder, descriptor)))
}

async function writeRoot(folder: string, root: Descriptor): Promise<string> {
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [root] }))
  return root.digest
}

async function writeBlob(folder: string, mediaType: string, text: string): Promise<Descriptor> {
  const descriptor = describe(mediaType, Buffer.from(text))
  await writeFile(fileOf(folder, descriptor), text)
  return descriptor
}

function describe(mediaType: string, bytes: Buffer): Descriptor {
  return { mediaType, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, size: bytes.length }
}

function fileOf(folder: string, { digest }: Descriptor): string {
  return join(folder, 'blobs', digest.replace(':', '/'))
}

import { stepError } from '../../core/errors.ts'
import { blobBody } from './blob-source.ts'
import { chooseImage, type NamedImage } from './choose-image.ts'
import type { Descriptor } from '../descriptor.ts'
import { blobPath, digestOf, type Digest } from '../digest.ts'
import { readWhole, type FileStore } from './file-store.ts'
import { openFolder } from './folder-store.ts'
import type { ImageSource } from '../image-source.ts'
import { Json } from '../json.ts'
import { blobChanged, readingFile, wrongSize } from '../layout-fault.ts'
import { maxManifestBytes, readManifest, readManifestList } from '../manifest.ts'
import { imageIndexType, manifestKind } from '../media-types.ts'

/**
 * Who names an image in `index.json` writes the name here: image-spec annotations.md; containerd and BuildKit write the full name
 * beside it.
 */
const nameAnnotations = ['org.opencontainers.image.ref.name', 'io.containerd.image.name'] as const

/** Entries beyond which nobody's tool is looked through for parts of an index. */
const mostSearched = 100

const reasons = {
  noFile: (file: string) => `it has no file ${file}`,
  tooLarge: `it is larger than ${maxManifestBytes} bytes`,
  digest: (actual: Digest) => `its bytes have the digest ${actual}`,
} as const

/** Opens a folder that holds an OCI image layout (image-spec image-layout.md). Blobs are not read yet. Throws LAYOUT_*. */
export async function openLayout(path: string, ref?: string): Promise<ImageSource> {
  return await layoutSource(await openFolder(path), { kind: 'layout', ref })
}

/** The image layout that files make up, wherever they lie; `ref` says which of its images. Throws LAYOUT_*. */
export async function layoutSource(
  files: FileStore,
  { kind, ref }: { kind: 'layout' | 'oci-archive'; ref: string | undefined },
): Promise<ImageSource> {
  await checkVersion(files)
  return {
    kind,
    path: files.path,
    root: () => readRoot(files, ref),
    readManifest: (descriptor) => readManifestFile(files, descriptor),
    blobSize: (descriptor) => files.size(blobPath(descriptor.digest)),
    openBlob: (descriptor) => blobBody(descriptor, () => files.open(blobPath(descriptor.digest))),
    close: async () => undefined,
  }
}

/** A JSON file of a source, at most as large as a manifest may be. Throws LAYOUT_NOT_FOUND, LAYOUT_INVALID. */
export async function readJson(files: FileStore, file: string): Promise<Json> {
  const bytes = await readWhole(files, file, maxManifestBytes)
  if (bytes === undefined) throw stepError('LAYOUT_NOT_FOUND', { path: files.path, reason: reasons.noFile(file) })
  if (bytes.length > maxManifestBytes) throw stepError('LAYOUT_INVALID', { file, reason: reasons.tooLarge })
  return readingFile(file, () => Json.parse(bytes))
}

async function checkVersion(files: FileStore): Promise<void> {
  const json = await readJson(files, 'oci-layout')
  readingFile('oci-layout', () => {
    const version = json.field('imageLayoutVersion')
    if (version.string() !== '1.0.0') version.refuse('"1.0.0"')
  })
}

async function readRoot(files: FileStore, ref: string | undefined): Promise<Descriptor> {
  const json = await readJson(files, 'index.json')
  const named = readingFile('index.json', () => readNamedImages(json))
  return chooseImage(files.path, ref === undefined ? await withoutParts(files, named) : named, ref)
}

/** Some tools (oras) list the images of an index beside it: what has no name and is part of an index there is no image of its own. */
async function withoutParts(
  files: FileStore,
  named: readonly NamedImage<Descriptor>[],
): Promise<readonly NamedImage<Descriptor>[]> {
  const indexes = named.filter(({ image }) => manifestKind(image.mediaType) === 'index')
  if (indexes.length === 0 || indexes.length === named.length || named.length > mostSearched) return named
  const parts = new Set<Digest>()
  for (const { image } of indexes) {
    const bytes = await readManifestFile(files, image)
    const list =
      bytes === undefined ? [] : readingFile(blobPath(image.digest), () => readManifest(bytes, image).manifests)
    for (const { digest } of list) parts.add(digest)
  }
  return named.filter(({ names, digest }) => names.length > 0 || !parts.has(digest))
}

function readNamedImages(json: Json): readonly NamedImage<Descriptor>[] {
  const own = json.optional('mediaType')
  if (own !== undefined && own.string() !== imageIndexType) own.refuse(imageIndexType)
  const entries = json.field('manifests')
  if (entries.items().length === 0) entries.refuse('one image')
  const names = entries.items().map(readNames)
  return readManifestList(json).map((image, index) => ({ names: names[index] ?? [], digest: image.digest, image }))
}

function readNames(entry: Json): readonly string[] {
  const annotations = entry.optional('annotations')
  const names = nameAnnotations.map((annotation) => annotations?.optional(annotation)?.string() ?? '')
  return [...new Set(names)].filter((name) => name !== '')
}

async function readManifestFile(files: FileStore, descriptor: Descriptor): Promise<Buffer | undefined> {
  const file = blobPath(descriptor.digest)
  if (descriptor.size > maxManifestBytes) throw stepError('LAYOUT_INVALID', { file, reason: reasons.tooLarge })
  const bytes = await readWhole(files, file, maxManifestBytes)
  if (bytes === undefined) return undefined
  if (bytes.length !== descriptor.size) throw wrongSize(descriptor, bytes.length)
  const actual = digestOf(bytes)
  if (actual !== descriptor.digest) throw blobChanged(descriptor, reasons.digest(actual))
  return bytes
}

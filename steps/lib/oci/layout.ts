import { realpath, stat } from 'node:fs/promises'
import { stepError } from '../core/errors.ts'
import { openBlob } from './blob-source.ts'
import { readInside, statInside, type Folder } from './contained-file.ts'
import type { Descriptor } from './descriptor.ts'
import { blobPath, digestOf, type Digest } from './digest.ts'
import type { ImageSource } from './image-source.ts'
import { Json } from './json.ts'
import { blobChanged, errnoOf, readingFile, unreadable, wrongSize } from './layout-fault.ts'
import { maxManifestBytes, readManifestList } from './manifest.ts'

/** Who names an image in `index.json` writes the name here (image-spec annotations.md). */
const refName = 'org.opencontainers.image.ref.name'

const indexType = 'application/vnd.oci.image.index.v1+json'

const reasons = {
  noPath: 'no path was given',
  noFolder: 'there is no such folder',
  noFile: (file: string) => `the folder has no file ${file}`,
  tooLarge: `it is larger than ${maxManifestBytes} bytes`,
  digest: (actual: Digest) => `its bytes have the digest ${actual}`,
} as const

/** Opens a folder that holds an OCI image layout (image-spec image-layout.md). Blobs are not read yet. */
export async function openLayout(path: string): Promise<ImageSource> {
  const folder = await openFolder(path)
  await checkVersion(folder)
  return {
    path,
    root: () => readRoot(folder),
    readManifest: (descriptor) => readManifestFile(folder, descriptor),
    blobSize: async (descriptor) => (await statInside(folder, blobPath(descriptor.digest)))?.size,
    openBlob: (descriptor) => openBlob(folder, descriptor),
  }
}

async function openFolder(path: string): Promise<Folder> {
  // realpath('') is the working folder: an unbound workspace must not become that.
  if (path === '') throw stepError('LAYOUT_NOT_FOUND', { path, reason: reasons.noPath })
  try {
    const realPath = await realpath(path)
    if ((await stat(realPath)).isDirectory()) return { path, realPath }
  } catch (error) {
    const errno = errnoOf(error)
    if (errno !== 'ENOENT' && errno !== 'ENOTDIR') throw unreadable(path, error)
  }
  throw stepError('LAYOUT_NOT_FOUND', { path, reason: reasons.noFolder })
}

async function readJson(folder: Folder, file: string): Promise<Json> {
  const bytes = await readInside(folder, file, maxManifestBytes)
  if (bytes === undefined) throw stepError('LAYOUT_NOT_FOUND', { path: folder.path, reason: reasons.noFile(file) })
  if (bytes.length > maxManifestBytes) throw stepError('LAYOUT_INVALID', { file, reason: reasons.tooLarge })
  return readingFile(file, () => Json.parse(bytes))
}

async function checkVersion(folder: Folder): Promise<void> {
  const json = await readJson(folder, 'oci-layout')
  readingFile('oci-layout', () => {
    const version = json.field('imageLayoutVersion')
    if (version.string() !== '1.0.0') version.refuse('"1.0.0"')
  })
}

/** One image under several names is still one: tools write an entry for each name. */
async function readRoot(folder: Folder): Promise<Descriptor> {
  const json = await readJson(folder, 'index.json')
  const named = readingFile('index.json', () => readNamedImages(json))
  const images = new Map(named.map((entry) => [entry.descriptor.digest, entry.descriptor]))
  const [root] = images.values()
  if (root !== undefined && images.size === 1) return root
  throw stepError('LAYOUT_AMBIGUOUS', {
    path: folder.path,
    count: String(images.size),
    images: named.map(({ name, descriptor }) => `${name ?? '(no name)'} ${descriptor.digest}`).join(', '),
  })
}

function readNamedImages(json: Json): { name: string | undefined; descriptor: Descriptor }[] {
  const own = json.optional('mediaType')
  if (own !== undefined && own.string() !== indexType) own.refuse(indexType)
  const entries = json.field('manifests')
  if (entries.items().length === 0) entries.refuse('one image')
  const names = entries.items().map((entry) => entry.optional('annotations')?.optional(refName)?.string())
  return readManifestList(json).map((descriptor, index) => ({ name: names[index], descriptor }))
}

async function readManifestFile(folder: Folder, descriptor: Descriptor): Promise<Buffer | undefined> {
  const file = blobPath(descriptor.digest)
  if (descriptor.size > maxManifestBytes) throw stepError('LAYOUT_INVALID', { file, reason: reasons.tooLarge })
  const bytes = await readInside(folder, file, maxManifestBytes)
  if (bytes === undefined) return undefined
  if (bytes.length !== descriptor.size) throw wrongSize(descriptor, bytes.length)
  const actual = digestOf(bytes)
  if (actual !== descriptor.digest) throw blobChanged(descriptor, reasons.digest(actual))
  return bytes
}

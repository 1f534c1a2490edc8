import { join } from 'node:path'
import { JsonFault, Json } from '../json.ts'
import { maxManifestBytes } from '../manifest.ts'
import { HeldFolder, refused } from './held-folder.ts'
import { replaceFile } from './replace-file.ts'

/** The files of a layout beside its blobs (image-spec image-layout.md). */
const versionFile = 'oci-layout'
export const indexFile = 'index.json'

const version = { imageLayoutVersion: '1.0.0' } as const

const reasons = {
  others: 'it holds other files, and no oci-layout',
  version: 'its oci-layout is of another version than 1.0.0',
  large: `it is larger than ${maxManifestBytes} bytes`,
  json: (fault: string) => `it is no layout that can be added to: ${fault}`,
} as const

/** An image layout that is written into. */
export type LayoutFolder = AsyncDisposable & { readonly root: HeldFolder; readonly blobs: HeldFolder }

/**
 * Opens the layout at a path below a workspace, or begins one where there is nothing. Nothing else is ever written into, and no link is followed below
 * the workspace. Throws STORE_REFUSED, STORE_FAILED.
 */
export async function openLayoutFolder(workspace: string, path: string): Promise<LayoutFolder> {
  await using opened = new AsyncDisposableStack()
  let root = opened.use(await HeldFolder.open(workspace))
  for (const name of path.split('/').filter((part) => part !== '' && part !== '.'))
    root = opened.use(await root.folder(name))
  await beginOrCheck(root)
  const between = opened.use(await root.folder('blobs'))
  const blobs = opened.use(await between.folder('sha256'))
  const kept = opened.move()
  return { root, blobs, [Symbol.asyncDispose]: async () => await kept.disposeAsync() }
}

async function beginOrCheck(root: HeldFolder): Promise<void> {
  const names = await root.names()
  if (names.includes(versionFile)) return await checkVersion(root)
  if (names.length > 0) throw refused(root.path, reasons.others)
  await replaceFile(root, versionFile, Buffer.from(JSON.stringify(version)))
}

async function checkVersion(root: HeldFolder): Promise<void> {
  const json = await readJson(root, versionFile)
  if (json?.optional('imageLayoutVersion')?.raw() !== version.imageLayoutVersion)
    throw refused(root.path, reasons.version)
}

/** A JSON object of a layout; undefined when there is no such file. Throws STORE_REFUSED, STORE_FAILED. */
export async function readJson(root: HeldFolder, name: string): Promise<Json | undefined> {
  const file = join(root.path, name)
  const opened = await root.read(name)
  if (opened === undefined) return undefined
  try {
    if (opened.size > maxManifestBytes) throw refused(file, reasons.large)
    const json = Json.parse(await opened.handle.readFile())
    json.members()
    return json
  } catch (error) {
    throw error instanceof JsonFault ? refused(file, reasons.json(error.message)) : error
  } finally {
    await opened.handle.close()
  }
}

import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { FrontDoor, FrontDoorResult, Variation } from '../push-image/front-door.ts'

/** A workspace that a test pulls into; it goes away with its test. */
export type Output = AsyncDisposable & { readonly folder: string }

/** An empty workspace. */
export async function openOutput(): Promise<Output> {
  const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-pull-'))
  return { folder, [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }) }
}

/** Runs `pull-image` into a workspace. */
export async function pull(
  door: FrontDoor,
  image: string,
  output: Output,
  variation: Variation = {},
): Promise<FrontDoorResult> {
  const workspaces = { output: output.folder }
  return await door.call({ ...variation, task: 'pull-image', workspaces, params: { image, ...variation.params } })
}

type Descriptor = { readonly digest: string; readonly size: number; readonly annotations?: Record<string, string> }
type Document = {
  readonly schemaVersion?: number
  readonly manifests?: Descriptor[]
  readonly config?: Descriptor
  readonly layers?: Descriptor[]
}

/** The images that a layout lists. */
export async function listed(folder: string): Promise<readonly Descriptor[]> {
  const index: Document = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'))
  return index.manifests ?? []
}

/** Throws unless a layout has an image with all that it names, every byte as its digest says, and no other file than a layout has. */
export async function expectLayout(folder: string, digest: string): Promise<void> {
  expect((await listed(folder)).map((entry) => entry.digest)).toContain(digest)
  expect(JSON.parse(await readFile(join(folder, 'oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' })
  expect((await readdir(folder)).toSorted()).toEqual(['blobs', 'index.json', 'oci-layout'])
  await expectBlobs(folder, digest)
  const names = await readdir(join(folder, 'blobs/sha256'))
  expect(names.filter((name) => !/^[0-9a-f]{64}$/.test(name))).toEqual([])
}

async function expectBlobs(folder: string, digest: string): Promise<void> {
  const bytes = await readFile(join(folder, 'blobs/sha256', digest.slice('sha256:'.length)))
  expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(digest)
  if (bytes[0] !== '{'.charCodeAt(0)) return
  const { schemaVersion, manifests = [], config, layers = [] }: Document = JSON.parse(bytes.toString())
  // An image's config is JSON too.
  if (schemaVersion === undefined) return
  for (const below of [...manifests, ...layers, ...(config === undefined ? [] : [config])])
    await expectBlobs(folder, below.digest)
}

/** Names of all files of a folder that are there now. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}

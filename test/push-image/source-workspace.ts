import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import { example } from '../sandbox/example-cloud.ts'
import { parseDigest } from '../sandbox/registry/digest.ts'
import { openRegistries, repositoryState } from '../sandbox/registry/state.ts'
import { acrImage, type FrontDoor, type FrontDoorResult, type Variation } from './front-door.ts'
import { expectEnd, told, toldProse } from './told.ts'

/** A folder that a build has left, to be pushed from. */
export type TestWorkspace = AsyncDisposable & {
  readonly folder: string
  write(files: Readonly<Record<string, string | Buffer>>): Promise<void>
}

/** A workspace with these files. */
export async function workspaceWith(files: Readonly<Record<string, string | Buffer>> = {}): Promise<TestWorkspace> {
  const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-workspace-'))
  const write: TestWorkspace['write'] = async (more) => {
    for (const [name, content] of Object.entries(more)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), content)
    }
  }
  await write(files)
  return {
    folder,
    write,
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }),
  }
}

/** The name that archives have here: nothing is told by it. */
export const archiveName = 'image.bin'

/** Pushes an archive that is alone in its workspace. */
export async function pushArchive(
  door: FrontDoor,
  bytes: Buffer,
  { image = acrImage, ...variation }: Variation & { readonly image?: string } = {},
): Promise<FrontDoorResult> {
  await using workspace = await workspaceWith({ [archiveName]: bytes })
  return await door.push(image, {
    ...variation,
    source: workspace.folder,
    params: { path: archiveName, ...variation.params },
  })
}

/** What is wrong with a source, as the run must say it. */
export type Refusal = {
  readonly code: ErrorCode
  /** 64 when absent. */
  readonly exit?: number
  /** Parts of the sentence that says what happened; files and entries are among them. */
  readonly says: readonly (string | RegExp)[]
}

/** A run that refused its source: said why, asked nobody for anything since the last look, pushed nothing, left nothing. */
export function expectRefusedUnasked(
  door: FrontDoor,
  result: FrontDoorResult,
  { code, exit = 64, says }: Refusal,
): void {
  expectEnd(result, code, exit)
  const what = toldProse(result.step.stderr, 'what')
  for (const part of says) expect(what).toMatch(part)
  expect(door.requests()).toEqual([])
  expect(scratchFiles(result)).toEqual([])
}

/** What the run has left in the volume for temporary files. */
export function scratchFiles({ leftFiles }: FrontDoorResult): string[] {
  return leftFiles.map(({ path }) => path).filter((path) => path.startsWith('volumes/tekton-entra-scratch'))
}

type OwnDescriptor = { readonly mediaType: string; readonly digest: string; readonly size: number }
type OwnManifest = { readonly config: OwnDescriptor; readonly layers: readonly OwnDescriptor[] }

/** What a registry of the example holds under a tag or digest. Blobs are read from its store. */
export type Held = {
  readonly digest: string
  readonly bytes: Buffer
  readonly manifest: OwnManifest
  readonly blob: (descriptor: { readonly digest: string }) => Promise<Buffer>
}

/** Looks into the repository of an image; throws when nothing is there under its tag. */
export function heldUnder(door: FrontDoor, image: string, reference = image.split(':')[1] ?? ''): Held {
  const host = image.split('/')[0] ?? example.acrHost
  const repository = repositoryState(door.sandbox.world, host, example.repository)
  const stored = repository.manifest(reference)
  if (stored === undefined) throw new Error(`${host} has nothing under ${reference}`)
  const { store } = openRegistries(door.sandbox.world)
  return {
    digest: digestOf(stored.bytes),
    bytes: stored.bytes,
    manifest: JSON.parse(stored.bytes.toString()),
    blob: async ({ digest }) => {
      const parsed = parseDigest(digest)
      if (parsed === undefined || !repository.hasBlob(digest)) throw new Error(`${host} has no blob ${digest}`)
      return await buffer(store.read(parsed))
    },
  }
}

/** A push that succeeded: its results, its record, and the image under its tag; nothing is left of it in the pod. */
export function expectPushed(door: FrontDoor, result: FrontDoorResult, image: string): Held {
  expect(result.step.status, result.step.stderr).toBe(0)
  const held = heldUnder(door, image)
  const [name = ''] = image.split(':')
  expect(result.results).toMatchObject({
    IMAGE_URL: image,
    IMAGE_DIGEST: held.digest,
    IMAGES: `${name}@${held.digest}`,
  })
  expect(result.record.data).toMatchObject({ outcome: 'ok', action: { digest: held.digest } })
  expect(told(result.step.stderr, 'digest')).toEqual([held.digest])
  expect(scratchFiles(result)).toEqual([])
  return held
}

/** SHA-256 by none of the product's code. */
export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

import { expect } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import type { FrontDoor, FrontDoorResult, Variation } from './front-door.ts'
import { told } from './told.ts'

/** An image that nobody has pushed yet, and the tag that it gets. */
export type FreshImage = { readonly folder: string; readonly digest: string; readonly tag: string }

let count = 0

/** Writes an image that no registry of this run has seen, so that everything of it has to be sent. */
export async function freshImage(door: FrontDoor, big?: Buffer): Promise<FreshImage> {
  count += 1
  const tag = `fresh-${count}`
  const layers = [{ [tag]: 'fresh' }, { [`${tag}-big`]: big ?? Buffer.alloc(300_000, tag) }]
  return { ...(await door.layout({ layers })), tag }
}

/** Pushes it under its tag; what the door was asked before is forgotten. */
export async function pushFresh(
  door: FrontDoor,
  image: string,
  { folder, tag }: FreshImage,
  variation: Variation = {},
): Promise<FrontDoorResult> {
  door.requests()
  return await door.push(image.replace('1.4.2', tag), { source: folder, ...variation })
}

type Held = { readonly host: string; readonly image: FreshImage }

/** A push that succeeded: its digest, its one record, its tag, and in the registry every blob that the manifest names. */
export function expectWhole(door: FrontDoor, result: FrontDoorResult, { host, image }: Held): void {
  expect(result.step.stderr).not.toContain('error  ')
  expect({ status: result.step.status, outcome: result.record.data.outcome }).toEqual({ status: 0, outcome: 'ok' })
  expect(result.results['IMAGE_DIGEST']).toBe(image.digest)
  expectHeld(door, { host, image })
}

/** The registry has the tag, and all that its manifest names. */
export function expectHeld(door: FrontDoor, { host, image: { digest, tag } }: Held): void {
  const repository = repositoryState(door.sandbox.world, host, example.repository)
  expect(repository.manifest(tag)?.digest).toBe(digest)
  const { config, layers }: OwnManifest = JSON.parse(repository.manifest(tag)?.bytes.toString() ?? '')
  expect([config, ...layers].filter((blob) => !repository.hasBlob(blob.digest))).toEqual([])
}

type Named = { readonly digest: string }
type OwnManifest = { readonly config: Named; readonly layers: readonly Named[] }

/** What a push that failed has left: no tag and no manifest. */
export function expectUntagged(door: FrontDoor, host: string, { digest, tag }: FreshImage): void {
  const repository = repositoryState(door.sandbox.world, host, example.repository)
  expect(repository.tags()).not.toContain(tag)
  expect(repository.manifest(digest)).toBeUndefined()
}

/** Uploads to ACR that nobody has ended. ECR has no call that does. */
export function openUploads(door: FrontDoor): number {
  return repositoryState(door.sandbox.world, example.acrHost, example.repository).openUploads()
}

/** The codes of the errors that were retried, in their order. */
export function retriesOf({ step }: FrontDoorResult): string[] {
  return told(step.stderr, 'retry').map((text) => text.split(' ')[0] ?? '')
}

import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { controlAcr } from '../sandbox/registry/acr-control.ts'
import type { AcrRole } from '../sandbox/registry/acr-config.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { actDuringUpload } from './slow-upload.ts'
import { expectEnd, only } from './told.ts'
import { expectUntagged, expectWhole, freshImage, openUploads, pushFresh, retriesOf } from './whole-image.ts'

let door: FrontDoor
let folder: string
beforeEach(async () => {
  door = await openFrontDoor(cloudWith('AcrPush', 'Container Registry Repository Writer'))
  folder = await mkdtemp(join(tmpdir(), 'tekton-entra-token-'))
})
afterEach(async () => {
  await door[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const slowManifest = { method: 'PUT', path: /\/manifests\// } as const
const exchanges = /^acr POST \/oauth2\/exchange 200/

test.each([
  ['while blobs are sent', { count: 3 }],
  ['before the manifest', { slow: slowManifest, count: 1 }],
])('exchanges anew once when ACR switches to repository mode %s, and goes on', async (_when, slow) => {
  const image = await freshImage(door)
  const push = async () => await pushFresh(door, acrImage, image)
  const result = await actDuringUpload(door, { push, act: toAbac, ...slow })
  expect(retriesOf(result)).toEqual([])
  expectWhole(door, result, { host: example.acrHost, image })
  expect(only(door.requests(), exchanges)).toHaveLength(2)
  expect(openUploads(door)).toBe(0)
})

test.each([
  ['while blobs are sent', { count: 3 }],
  ['before the manifest', { slow: slowManifest, count: 1 }],
])('ends for want of the new role when ACR switches to repository mode %s, and tags nothing', async (_when, slow) => {
  await using strict = await openFrontDoor(cloudWith('AcrPush'))
  const image = await freshImage(strict)
  const push = async () => await pushFresh(strict, acrImage, image)
  const act = () => controlAcr(strict.sandbox.world, example.acrHost).switchRoleAssignmentMode('rbac-abac')
  const result = await actDuringUpload(strict, { push, act, ...slow })
  expectEnd(result, 'ACR_NO_PUSH_PERMISSION', 77)
  expectUntagged(strict, example.acrHost, image)
  expect(only(strict.requests(), exchanges)).toHaveLength(2)
})

test('renews an ACR token that ends in the middle of a blob, and sends the blob again', async () => {
  const image = await freshImage(door, Buffer.alloc(32_000_000, 'x'))
  const push = async () => await pushFresh(door, acrImage, image, { token: { expiresInSeconds: 86_400 } })
  const since = door.sandbox.journal.entries.length
  const result = await actDuringUpload(door, { push, act: () => door.sandbox.world.clock.advance(80 * 60_000) })
  expect(retriesOf(result)).toEqual([])
  expectWhole(door, result, { host: example.acrHost, image })
  const refused = door.sandbox.journal.entries.slice(since).filter(({ status }) => status === 401)
  expect(refused.map(({ method, checks }) => [method, checks])).toEqual(
    Array.from({ length: 3 }, () => ['PUT', ['Bearer token: expired']]),
  )
  expect(only(door.requests(), exchanges)).toHaveLength(2)
  expect(openUploads(door)).toBe(0)
})

test('renews an ECR password that ends in the middle of a blob, with a session of its own, and goes on', async () => {
  const image = await freshImage(door)
  const push = async () => await pushFresh(door, ecrImage, image)
  const { ecrPasswords } = door.sandbox.world
  const act = () => {
    for (const [password, known] of ecrPasswords) ecrPasswords.set(password, { ...known, passwordExpiresAt: 0 })
  }
  const result = await actDuringUpload(door, { push, act })
  expectWhole(door, result, { host: example.ecrHost, image })
  expect(only(door.requests(), /^sts /)).toHaveLength(2)
  expect(result.record.data.tokens.filter(({ kind }) => kind === 'aws-session')).toHaveLength(2)
})

test('reads the projected token anew for a later exchange: one that the kubelet has replaced is used', async () => {
  await kubeletWrites('first')
  const extraEnv = { AZURE_FEDERATED_TOKEN_FILE: join(folder, 'token') }
  const image = await freshImage(door)
  const push = async () => await pushFresh(door, acrImage, image, { run: { extraEnv } })
  const act = async () => {
    // Of the first token's key nothing is known any more.
    door.sandbox.rotateKeys({ issuer: example.issuer })
    door.sandbox.refreshIssuerKeys()
    await kubeletWrites('second')
    toAbac()
  }
  const result = await actDuringUpload(door, { push, act })
  expectWhole(door, result, { host: example.acrHost, image })
  const projected = result.record.data.tokens.filter(({ kind }) => kind === 'projected')
  expect(new Set(projected.map(({ sha256 }) => sha256)).size).toBe(2)
})

test('refuses to go on with a projected token that is worth nothing any more, and tags nothing', async () => {
  await kubeletWrites('first')
  const extraEnv = { AZURE_FEDERATED_TOKEN_FILE: join(folder, 'token') }
  const image = await freshImage(door)
  const push = async () => await pushFresh(door, acrImage, image, { run: { extraEnv } })
  const act = () => {
    door.sandbox.rotateKeys({ issuer: example.issuer })
    door.sandbox.refreshIssuerKeys()
    toAbac()
  }
  const result = await actDuringUpload(door, { push, act })
  expect(result.step.status).toBe(77)
  expect(result.record.data.error?.code).toMatch(/^ENTRA_/)
  expectUntagged(door, example.acrHost, image)
})

function toAbac(): void {
  controlAcr(door.sandbox.world, example.acrHost).switchRoleAssignmentMode('rbac-abac')
}

/** As the kubelet does: a folder for each version, and one rename that leads to it. */
async function kubeletWrites(version: string): Promise<void> {
  const { namespace, serviceAccount } = example
  await mkdir(join(folder, `..${version}`))
  await writeFile(join(folder, `..${version}`, 'token'), door.sandbox.mintToken({ namespace, serviceAccount }))
  await symlink(`..${version}`, join(folder, '..data_tmp'))
  await rename(join(folder, '..data_tmp'), join(folder, '..data'))
  if (version === 'first') await symlink('..data/token', join(folder, 'token'))
}

function cloudWith(...roles: readonly AcrRole[]) {
  const roleAssignments = roles.map((role) => ({ principalId: example.principalId, role }))
  const cloud = exampleCloud()
  return { ...cloud, acrRegistries: cloud.acrRegistries.map((one) => ({ ...one, roleAssignments })) }
}

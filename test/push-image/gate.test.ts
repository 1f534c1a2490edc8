import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EcrRepository } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor, type FrontDoorResult } from './front-door.ts'
import { expectEnd, faultsOf, told, toldProse } from './told.ts'

const signingProfileArn = `arn:aws:signer:${example.region}:${example.accountId}:/signing-profiles/release`
const high = { name: 'CVE-2026-0001', severity: 'HIGH' } as const
const low = { name: 'CVE-2026-0002', severity: 'LOW' } as const

/** Repositories by what ECR does with their images. */
const kinds: Readonly<Record<string, Partial<EcrRepository>>> = {
  clean: { scanOnPush: true, scanFindings: [low] },
  flawed: { scanOnPush: true, scanFindings: [low, high] },
  slow: { scanOnPush: true, scanning: { seconds: 3 }, scanFindings: [] },
  endless: { scanOnPush: true, scanning: { seconds: 600 } },
  unscanned: { scanFindings: [high] },
  unknown: { scanOnPush: true, scanning: { outcome: 'UNSUPPORTED_IMAGE' } },
  signed: { signing: [{ signingProfileArn, status: 'COMPLETE' }] },
  unsigned: { signing: [{ signingProfileArn, status: 'FAILED' }] },
  plain: {},
}

let door: FrontDoor
beforeAll(async () => {
  const cloud = exampleCloud()
  const [account] = cloud.accounts
  if (account === undefined) throw new Error('the example has changed')
  const statement = { Effect: 'Allow', Action: ['ecr:*', 'signer:*'], Resource: '*' } as const
  const roles = account.roles.map((role) => ({
    ...role,
    policies: [{ Version: '2012-10-17', Statement: [statement] } as const],
  }))
  const { region } = example
  const repositories = Object.entries(kinds).map(([name, more]) => ({ region, name, ...more }))
  door = await openFrontDoor({ ...cloud, accounts: [{ ...account, roles, repositories }] })
})
afterAll(async () => await door[Symbol.asyncDispose]())

const scanned = { 'wait-for-scan': 'high' }

function imageIn(kind: string): string {
  return ecrImage.replace(example.repository, kind)
}

function stateOf(kind: string) {
  return repositoryState(door.sandbox.world, example.ecrHost, kind)
}

/** The image is there by its digest, which the record says; no tag names it, and no result says that it was published. */
function expectUntagged(result: FrontDoorResult, kind: string): void {
  expect(stateOf(kind).tags()).toEqual([])
  expect(stateOf(kind).manifest(door.digest)?.digest).toBe(door.digest)
  expect(result.results).toEqual({})
  const repository = `${example.ecrHost}/${kind}`
  expect(result.record.data.action).toMatchObject({
    digest: door.digest,
    destinations: [{ repository, stored: true, tags: [] }],
  })
}

test('tags an image whose scan finds nothing at or above the severity, and says what it found', async () => {
  const { step } = await door.push(imageIn('clean'), { params: scanned })
  expect(step.status, step.stderr).toBe(0)
  expect(toldProse(step.stderr, 'scan')).toBe(`1 LOW in ${door.digest}`)
  expect(stateOf('clean').manifest('1.4.2')?.digest).toBe(door.digest)
})

test('puts no tag on an image with a finding at the severity, names it, and leaves the results empty', async () => {
  const refused = await door.push(imageIn('flawed'), { params: scanned })
  expectEnd(refused, 'ECR_SCAN_FINDINGS', 77)
  expect(toldProse(refused.step.stderr, 'sent')).toContain('CVE-2026-0001 (HIGH)')
  expectUntagged(refused, 'flawed')
  const again = await door.push(imageIn('flawed'), { params: { 'wait-for-scan': 'critical' } })
  expect(again.step.status, again.step.stderr).toBe(0)
  expect(stateOf('flawed').tags()).toEqual(['1.4.2'])
})

test('waits for a scan that is not over yet', async () => {
  const { step } = await door.push(imageIn('slow'), { params: scanned })
  expect(step.status, step.stderr).toBe(0)
  expect(toldProse(step.stderr, 'scan')).toBe(`no findings in ${door.digest}`)
  expect(stateOf('slow').tags()).toEqual(['1.4.2'])
})

test('gives up as temporary when the scan is not over before the timeout, and puts no tag', async () => {
  const refused = await door.push(imageIn('endless'), { params: { ...scanned, timeout: '6s' } })
  expectEnd(refused, 'ECR_SCAN_UNFINISHED', 75)
  expectUntagged(refused, 'endless')
})

test('begins the scan of an image that the repository does not scan by itself', async () => {
  const refused = await door.push(imageIn('unscanned'), { params: scanned })
  expectEnd(refused, 'ECR_SCAN_FINDINGS', 77)
  expectUntagged(refused, 'unscanned')
})

test('puts no tag on an image that cannot be scanned', async () => {
  const refused = await door.push(imageIn('unknown'), { params: scanned })
  expectEnd(refused, 'ECR_SCAN_NOT_POSSIBLE', 77)
  expectUntagged(refused, 'unknown')
})

test('has every image of an index scanned, never the index', async () => {
  const { folder, digest } = await door.layout({
    layers: [{ many: 'platforms' }],
    platforms: [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ],
  })
  const { step } = await door.push(imageIn('clean').replace('1.4.2', 'index'), { source: folder, params: scanned })
  expect(step.status, step.stderr).toBe(0)
  const images = told(step.stderr, 'scan').map((text) => text.replaceAll('\n', ' ').replace(/.* in /, ''))
  expect(images).toHaveLength(2)
  expect(images).not.toContain(digest)
})

test('moves no tag of another registry either when the scan refuses', async () => {
  const { folder } = await door.layout({ layers: [{ both: 'clouds' }] })
  const acr = acrImage.replace('1.4.2', 'gated')
  const refused = await door.push(acr, { source: folder, params: { ...scanned, images: [imageIn('unscanned')] } })
  expectEnd(refused, 'ECR_SCAN_FINDINGS', 77)
  const onAcr = repositoryState(door.sandbox.world, example.acrHost, example.repository)
  expect(onAcr.tags()).not.toContain('gated')
})

test('tags an image that managed signing has signed', async () => {
  const { step } = await door.push(imageIn('signed'), { params: { 'wait-for-signature': 'true' } })
  expect(step.status, step.stderr).toBe(0)
  expect(toldProse(step.stderr, 'signed')).toContain(signingProfileArn)
  expect(stateOf('signed').tags()).toEqual(['1.4.2'])
})

test.each([
  ['fails', 'unsigned', 'ECR_SIGNING_FAILED'],
  ['is set up for no such repository', 'plain', 'ECR_SIGNING_NOT_CONFIGURED'],
] as const)('puts no tag when signing %s', async (_, kind, code) => {
  const refused = await door.push(imageIn(kind), { params: { 'wait-for-signature': 'true' } })
  expectEnd(refused, code, 77)
  expectUntagged(refused, kind)
})

test('refuses to wait for what no destination does, and asks nobody', async () => {
  door.requests()
  const refused = await door.push(acrImage, { params: { ...scanned, 'wait-for-signature': 'true' } })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused).map((fault) => fault.split(':')[0])).toEqual(['wait-for-scan', 'wait-for-signature'])
  expect(door.requests()).toEqual([])
})

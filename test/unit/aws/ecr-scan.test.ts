import { expect, test } from 'vitest'
import { awaitScan } from '../../../steps/lib/aws/ecr-scan.ts'
import type { Patience } from '../../../steps/lib/core/retry.ts'
import type { RepositoryScanning } from '../../sandbox/config-ecr-images.ts'
import { allBut } from './federated.ts'
import { accessTo } from './pushed-image.ts'
import { found, pushed, scanFindings } from './scanned-image.ts'

const operations = (calls: readonly string[]) => new Set(calls.map((call) => call.split(' ')[0]))

test.each<[what: string, scanning: RepositoryScanning]>([
  ['basic scanning on push', { seconds: 60 }],
  ['enhanced scanning', { mode: 'enhanced', seconds: 60 }],
])('waits for %s until it is over, and begins no scan', async (_what, scanning) => {
  await using image = await pushed({ scanOnPush: true, scanning, scanFindings })
  const before = image.cloud.sandbox.world.clock.now()
  expect(await image.scan()).toEqual(found)
  const waited = image.cloud.sandbox.world.clock.now() - before
  expect(waited).toBeGreaterThanOrEqual(55_000)
  const calls = image.cloud.calls('ecr')
  expect(operations(calls)).toEqual(new Set(['DescribeImageScanFindings']))
  // The looks become rarer.
  expect(calls.length).toBeLessThan(12)
})

test('asks for the session anew at each look: a wait may outlive the one that it began with', async () => {
  await using image = await pushed({ scanOnPush: true, scanning: { seconds: 60 } })
  const access = accessTo(image.cloud)
  const { patience } = image.cloud.federation.services
  const sessions: string[] = []
  const requests = async () => {
    const request = await access.request()
    sessions.push(request.session.arn)
    return request
  }
  await awaitScan(requests, { digest: image.digest, patience })
  const looks = image.cloud.calls('ecr')
  expect(looks.length).toBeGreaterThan(3)
  expect(sessions).toHaveLength(looks.length)
})

test('begins one scan of an image that nobody scans, and waits for it', async () => {
  await using image = await pushed({ scanning: { seconds: 60 }, scanFindings })
  expect(await image.scan()).toEqual(found)
  const calls = image.cloud.calls('ecr')
  expect(calls.slice(0, 3)).toEqual([
    'DescribeImageScanFindings 400 ScanNotFoundException',
    'DescribeImageScanFindings 400 ScanNotFoundException',
    'StartImageScan 200',
  ])
  expect(calls.filter((call) => call.startsWith('StartImageScan'))).toHaveLength(1)
})

test('an image that was scanned already is not scanned again', async () => {
  await using image = await pushed({ scanFindings })
  await image.scan()
  image.cloud.calls('ecr')
  expect(await image.scan()).toEqual(found)
  expect(image.cloud.calls('ecr')).toEqual(['DescribeImageScanFindings 200'])
})

test.each([
  'FAILED',
  'UNSUPPORTED_IMAGE',
  'SCAN_ELIGIBILITY_EXPIRED',
  'FINDINGS_UNAVAILABLE',
  'IMAGE_ARCHIVED',
] as const)('a scan that ends as %s is no clean bill: it is refused at once', async (outcome) => {
  await using image = await pushed({ scanOnPush: true, scanning: { outcome }, scanFindings })
  await expect(image.scan()).rejects.toMatchObject({ code: 'ECR_SCAN_NOT_POSSIBLE', values: { status: outcome } })
  expect(image.cloud.calls('ecr')).toHaveLength(1)
})

test('an index, which basic scanning does not know, is refused', async () => {
  await using image = await pushed({}, {}, 'index')
  await expect(image.scan()).rejects.toMatchObject({
    code: 'ECR_SCAN_NOT_POSSIBLE',
    values: { status: 'UNSUPPORTED_IMAGE' },
  })
})

test('reads the findings of all pages', async () => {
  const many = Array.from({ length: 2500 }, (_, index) => {
    return { name: `CVE-${index}`, severity: index === 2499 ? 'CRITICAL' : 'LOW' } as const
  })
  await using image = await pushed({ scanOnPush: true, scanFindings: many })
  const { counts, worst } = await image.scan()
  expect(counts).toEqual({ LOW: 2499, CRITICAL: 1 })
  expect(worst[0]).toEqual({ name: 'CVE-2499', severity: 'CRITICAL' })
  expect(image.cloud.calls('ecr')).toHaveLength(3)
})

test('a scan that does not end is given up at the deadline, with its last status', async () => {
  await using image = await pushed({ scanOnPush: true, scanning: { seconds: 999 } })
  const { clock } = image.cloud.sandbox.world
  const deadlineAt = clock.now() + 60_000
  await expect(image.scan({ deadlineAt })).rejects.toMatchObject({
    code: 'ECR_SCAN_UNFINISHED',
    values: { status: 'IN_PROGRESS' },
  })
  expect(clock.now()).toBeLessThanOrEqual(deadlineAt)
})

test('an abort ends the wait with its own reason, and nothing is asked after it', async () => {
  await using image = await pushed({ scanOnPush: true, scanning: { seconds: 999 } })
  const ending = new AbortController()
  const { clock } = image.cloud.sandbox.world
  const reason = new Error('cancelled')
  const sleep: Patience['clock']['sleep'] = async (ms) => {
    clock.advance(ms)
    ending.abort(reason)
  }
  const clockOfThis = { now: () => clock.now(), sleep }
  await expect(image.scan({ clock: clockOfThis, signal: ending.signal })).rejects.toBe(reason)
  expect(image.cloud.calls('ecr')).toHaveLength(1)
})

test.each([['ecr:DescribeImageScanFindings'], ['ecr:StartImageScan']])(
  'a role without %s is told what to add',
  async (action) => {
    await using image = await pushed({}, { statements: allBut(action) })
    await expect(image.scan()).rejects.toMatchObject({
      code: 'ECR_ACTION_NOT_AUTHORIZED',
      values: { action, actions: action },
    })
  },
)

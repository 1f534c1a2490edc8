import {
  DescribeImageScanFindingsCommand,
  DescribeImageSigningStatusCommand,
  DescribeImagesCommand,
  StartImageScanCommand,
} from '@aws-sdk/client-ecr'
import { expect, test } from 'vitest'
import { FRONT_REGION, HOME, refusalOf } from './test-front.ts'
import type { Front } from './test-front.ts'
import { digestOf, NAME, putImage, start } from './test-images.ts'

test('scans once a day and tells what the configuration says is found', async () => {
  await using front = await start({
    scanFindings: [
      { name: 'CVE-2026-1', severity: 'HIGH' },
      { name: 'CVE-2026-2', severity: 'LOW' },
    ],
  })
  const ecr = front.ecr()
  const digest = digestOf(await putImage(ecr, 'v1'))
  const imageId = { imageTag: 'v1' }
  const find = () => ecr.send(new DescribeImageScanFindingsCommand({ ...NAME, imageId }))
  expect(await refusalOf(find())).toMatchObject({
    name: 'ScanNotFoundException',
    message: expect.stringContaining(digest),
  })
  await ecr.send(new StartImageScanCommand({ ...NAME, imageId }))
  expect(await find()).toMatchObject({
    imageScanStatus: { status: 'COMPLETE' },
    imageScanFindings: {
      findingSeverityCounts: { HIGH: 1, LOW: 1 },
      findings: [{ name: 'CVE-2026-1' }, { name: 'CVE-2026-2' }],
    },
  })
  expect(await refusalOf(ecr.send(new StartImageScanCommand({ ...NAME, imageId })))).toMatchObject({
    name: 'LimitExceededException',
  })
})

test('scans on push where the repository does, and says how signing went', async () => {
  const signing = {
    signingProfileArn: `arn:aws:signer:${FRONT_REGION}:${HOME}:/signing-profiles/ci`,
    status: 'COMPLETE',
  } as const
  await using front = await start({ scanOnPush: true, signing: [signing] })
  const ecr = front.ecr()
  await putImage(ecr, 'v1')
  const imageId = { imageTag: 'v1' }
  const found = await ecr.send(new DescribeImageScanFindingsCommand({ ...NAME, imageId }))
  expect(found.imageScanFindings?.findings).toEqual([])
  const { imageDetails } = await ecr.send(new DescribeImagesCommand(NAME))
  expect(imageDetails?.[0]?.imageScanStatus?.status).toBe('COMPLETE')
  const signed = await ecr.send(new DescribeImageSigningStatusCommand({ ...NAME, imageId }))
  expect(signed.signingStatuses).toEqual([signing])
})

const describe = async (front: Front, imageTag = 'v1') => {
  const command = new DescribeImageScanFindingsCommand({ ...NAME, imageId: { imageTag } })
  const { imageScanStatus, imageScanFindings } = await front.ecr().send(command)
  return { status: imageScanStatus?.status, imageScanFindings }
}

const scanFindings = [{ name: 'CVE-2026-1', severity: 'UNTRIAGED' }] as const

test('a scan takes its time, and has no findings before', async () => {
  await using front = await start({ scanOnPush: true, scanning: { seconds: 60 }, scanFindings })
  await putImage(front.ecr(), 'v1')
  expect(await describe(front)).toEqual({ status: 'IN_PROGRESS', imageScanFindings: undefined })
  const { imageDetails } = await front.ecr().send(new DescribeImagesCommand(NAME))
  expect(imageDetails?.[0]).toMatchObject({ imageScanStatus: { status: 'IN_PROGRESS' } })
  expect(imageDetails?.[0]?.imageScanFindingsSummary).toBeUndefined()
  front.sandbox.world.clock.advance(60_000)
  expect(await describe(front)).toMatchObject({
    status: 'COMPLETE',
    imageScanFindings: { findingSeverityCounts: { UNTRIAGED: 1 }, findings: scanFindings },
  })
})

test('enhanced scanning begins with the push, goes on for good, and is not begun by hand', async () => {
  await using front = await start({ scanning: { mode: 'enhanced', seconds: 60 }, scanFindings })
  await putImage(front.ecr(), 'v1')
  expect(await describe(front)).toEqual({ status: 'PENDING', imageScanFindings: undefined })
  const begin = new StartImageScanCommand({ ...NAME, imageId: { imageTag: 'v1' } })
  expect(await refusalOf(front.ecr().send(begin))).toMatchObject({
    name: 'ValidationException',
    message: 'This feature is disabled',
  })
  front.sandbox.world.clock.advance(60_000)
  const ended = await describe(front)
  expect(ended).toMatchObject({
    status: 'ACTIVE',
    imageScanFindings: {
      enhancedFindings: [{ severity: 'UNTRIAGED', packageVulnerabilityDetails: { vulnerabilityId: 'CVE-2026-1' } }],
    },
  })
  expect(ended.imageScanFindings?.findings).toBeUndefined()
})

test.each(['FAILED', 'UNSUPPORTED_IMAGE', 'SCAN_ELIGIBILITY_EXPIRED', 'FINDINGS_UNAVAILABLE'] as const)(
  'a scan may end as %s, without findings',
  async (outcome) => {
    await using front = await start({ scanOnPush: true, scanning: { outcome }, scanFindings })
    await putImage(front.ecr(), 'v1')
    expect(await describe(front)).toEqual({ status: outcome, imageScanFindings: undefined })
  },
)

test('signing takes its time for each profile', async () => {
  const profile = (name: string) => `arn:aws:signer:${FRONT_REGION}:${HOME}:/signing-profiles/${name}`
  const failed = { failureCode: 'AccessDenied', failureReason: 'not allowed to sign' }
  await using front = await start({
    signing: [
      { signingProfileArn: profile('ci'), status: 'COMPLETE', seconds: 60 },
      { signingProfileArn: profile('audit'), status: 'FAILED', ...failed },
    ],
  })
  await putImage(front.ecr(), 'v1')
  const command = new DescribeImageSigningStatusCommand({ ...NAME, imageId: { imageTag: 'v1' } })
  const audit = { signingProfileArn: profile('audit'), status: 'FAILED', ...failed }
  const before = await front.ecr().send(command)
  expect(before.signingStatuses).toEqual([{ signingProfileArn: profile('ci'), status: 'IN_PROGRESS' }, audit])
  front.sandbox.world.clock.advance(60_000)
  const after = await front.ecr().send(command)
  expect(after.signingStatuses).toEqual([{ signingProfileArn: profile('ci'), status: 'COMPLETE' }, audit])
})

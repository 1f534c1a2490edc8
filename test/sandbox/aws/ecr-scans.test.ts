import {
  DescribeImageScanFindingsCommand,
  DescribeImageSigningStatusCommand,
  DescribeImagesCommand,
  StartImageScanCommand,
} from '@aws-sdk/client-ecr'
import { expect, test } from 'vitest'
import { FRONT_REGION, HOME, refusalOf } from './test-front.ts'
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
  await using front = await start({ scanOnPush: true, signing })
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

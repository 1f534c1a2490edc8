import { expect, test } from 'vitest'
import { found, pushed, scanFindings } from './scanned-image.ts'

test.each([
  ['made already today', 'LimitExceededException'],
  ['that Amazon Inspector alone makes', 'ValidationException'],
])('a scan %s is waited for, though it cannot be begun', async (_what, code) => {
  await using image = await pushed({})
  const notFound = { __type: 'ScanNotFoundException', message: 'no scan' }
  const refusal = { __type: code, message: 'cannot be begun' }
  const contentType = 'application/x-amz-json-1.1'
  const answers = [notFound, notFound, refusal, notFound, notFound]
  for (const [index, body] of answers.entries()) {
    const fault = { kind: 'status', status: 400, contentType, body: JSON.stringify(body) } as const
    image.cloud.sandbox.faults.on({ standIn: 'ecr', from: index + 1, times: 1, fault })
  }
  const deadlineAt = image.cloud.sandbox.world.clock.now() + 11_000
  await expect(image.scan({ deadlineAt })).rejects.toMatchObject({
    code: 'ECR_SCAN_UNFINISHED',
    values: { status: 'NOT_FOUND' },
    upstream: { message: 'cannot be begun' },
  })
  expect(image.cloud.sandbox.journal.entries.filter(({ operation }) => operation === 'StartImageScan')).toEqual([])
})

test('pages without end are given up', async () => {
  await using image = await pushed({})
  const answer = { imageScanStatus: { status: 'COMPLETE' }, imageScanFindings: { findings: [] }, nextToken: 'more' }
  const contentType = 'application/x-amz-json-1.1'
  const fault = { kind: 'status', status: 200, contentType, body: JSON.stringify(answer) } as const
  image.cloud.sandbox.faults.on({ standIn: 'ecr', fault })
  await expect(image.scan()).rejects.toMatchObject({ code: 'AWS_UNAVAILABLE' })
  expect(image.cloud.calls('ecr')).toHaveLength(50)
})

test.each([
  ['COMPLETE without findings', { imageScanStatus: { status: 'COMPLETE' } }, 'AWS_UNAVAILABLE'],
  ['no status at all', {}, 'ECR_SCAN_NOT_POSSIBLE'],
  ['a status of tomorrow', { imageScanStatus: { status: 'SKIPPED' }, imageScanFindings: {} }, 'ECR_SCAN_NOT_POSSIBLE'],
] as const)('%s is not taken for an end without findings', async (_what, answer, code) => {
  await using image = await pushed({})
  const contentType = 'application/x-amz-json-1.1'
  const fault = { kind: 'status', status: 200, contentType, body: JSON.stringify(answer) } as const
  image.cloud.sandbox.faults.on({ standIn: 'ecr', fault })
  await expect(image.scan()).rejects.toMatchObject({ code })
})

test('ACTIVE before the first scan is over is waited for', async () => {
  await using image = await pushed({ scanning: { mode: 'enhanced' }, scanFindings })
  const answer = { imageScanStatus: { status: 'ACTIVE' }, imageScanFindings: { enhancedFindings: [] } }
  const contentType = 'application/x-amz-json-1.1'
  const fault = { kind: 'status', status: 200, contentType, body: JSON.stringify(answer) } as const
  image.cloud.sandbox.faults.on({ standIn: 'ecr', times: 2, fault })
  expect(await image.scan()).toEqual(found)
  expect(image.cloud.calls('ecr')).toHaveLength(3)
})

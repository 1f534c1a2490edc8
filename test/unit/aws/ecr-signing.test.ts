import { expect, test } from 'vitest'
import { awaitSignature } from '../../../steps/lib/aws/ecr-signing.ts'
import type { ImageSigning } from '../../sandbox/config-ecr-images.ts'
import { allBut, openFederated, type AccountChange } from './federated.ts'
import { accessTo, pushImage } from './pushed-image.ts'

const profile = (name: string): string => `arn:aws:signer:eu-central-1:123456789012:/signing-profiles/${name}`
const signed = (name: string, seconds = 0): ImageSigning => {
  return { signingProfileArn: profile(name), status: 'COMPLETE', seconds }
}

async function pushed(signing: readonly ImageSigning[], change: AccountChange = {}) {
  const cloud = await openFederated({ repository: signing.length === 0 ? {} : { signing }, ...change })
  const access = accessTo(cloud)
  const digest = await pushImage(cloud, access)
  cloud.calls('ecr')
  const { patience } = cloud.federation.services
  return {
    cloud,
    sign: async (within = 200_000) => {
      const deadlineAt = patience.clock.now() + within
      return await awaitSignature(access.request, { digest, patience: { ...patience, deadlineAt } })
    },
    [Symbol.asyncDispose]: async () => await cloud[Symbol.asyncDispose](),
  }
}

test('waits until every signing profile has signed, not only the first', async () => {
  await using image = await pushed([signed('ci'), signed('audit', 30)])
  const before = image.cloud.sandbox.world.clock.now()
  expect(await image.sign()).toEqual([{ profile: profile('ci') }, { profile: profile('audit') }])
  expect(image.cloud.sandbox.world.clock.now() - before).toBeGreaterThanOrEqual(29_000)
})

test('one profile that fails is enough, while another still signs', async () => {
  const failed = { signingProfileArn: profile('audit'), status: 'FAILED' } as const
  await using image = await pushed([
    signed('ci', 999),
    { ...failed, failureCode: 'AccessDeniedException', failureReason: 'signer:SignPayload is not allowed' },
  ])
  await expect(image.sign()).rejects.toMatchObject({
    code: 'ECR_SIGNING_FAILED',
    values: { profile: profile('audit'), reason: 'signer:SignPayload is not allowed' },
    upstream: { code: 'AccessDeniedException' },
  })
  expect(image.cloud.calls('ecr')).toHaveLength(1)
})

test('without any profile it says so after a few looks, and does not wait for the deadline', async () => {
  await using image = await pushed([])
  await expect(image.sign()).rejects.toMatchObject({
    code: 'ECR_SIGNING_NOT_CONFIGURED',
    values: { repository: 'shop/web' },
  })
  expect(image.cloud.calls('ecr')).toHaveLength(3)
})

test('a signature that does not come is given up at the deadline, with what was seen last', async () => {
  await using image = await pushed([signed('ci', 999)])
  await expect(image.sign(60_000)).rejects.toMatchObject({
    code: 'ECR_SIGNING_UNFINISHED',
    values: { statuses: `${profile('ci')} IN_PROGRESS` },
  })
})

test('a role without the right to ask is told what to add', async () => {
  const action = 'ecr:DescribeImageSigningStatus'
  await using image = await pushed([signed('ci')], { statements: allBut(action) })
  await expect(image.sign()).rejects.toMatchObject({ code: 'ECR_ACTION_NOT_AUTHORIZED', values: { action } })
})

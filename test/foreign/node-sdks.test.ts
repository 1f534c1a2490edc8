import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyEntraToken } from '../sandbox/entra/verify.ts'
import { example } from '../sandbox/example-cloud.ts'
import { startForeignCloud } from './cloud.ts'
import type { ForeignCloud } from './cloud.ts'
import { acrScope, awsScope, awsSdk, azureIdentity, entraToken, msalNode, textOf } from './node-clients.ts'

let cloud: ForeignCloud
beforeAll(async () => {
  cloud = await startForeignCloud()
})
afterAll(async () => {
  await cloud.close()
})

test('@azure/identity gets a token with its defaults, signed by the tenant and made for the resource asked for', async () => {
  expect(verifyEntraToken(cloud.sandbox.world, await entraToken(cloud, awsScope))).toMatchObject({
    aud: example.awsAppId,
    azp: example.clientId,
    roles: ['Push'],
  })
})

test.each([
  ['another service account', { serviceAccount: 'default' }, 'AADSTS700213'],
  ['another audience', { audience: 'sts.amazonaws.com' }, 'AADSTS700212'],
  ['a token that has run out', { expiresInSeconds: -600 }, 'AADSTS700024'],
  ['a key that the cluster does not publish', { key: 'other' }, 'AADSTS7000272'],
] as const)('@azure/identity is refused with %s, and gets no token', async (_, token, code) => {
  const answer = await azureIdentity(cloud, awsScope, await cloud.azure(token))
  expect(answer).toEqual({ error: expect.stringContaining(code) })
})

test('msal-node gets a token with the assertion in the place of a secret, signed by the tenant', async () => {
  const token = textOf(await msalNode(cloud, awsScope, await cloud.azure()), 'token')
  expect(verifyEntraToken(cloud.sandbox.world, token)).toMatchObject({ aud: example.awsAppId, azp: example.clientId })
})

test('msal-node is refused with another service account, and gets no token', async () => {
  const answer = await msalNode(cloud, awsScope, await cloud.azure({ serviceAccount: 'default' }))
  expect(answer).toEqual({ error: expect.stringContaining('AADSTS700213') })
})

test('the AWS SDK assumes the role by its default chain, and gets a password for the registry of the region', async () => {
  expect(await awsSdk(cloud, await cloud.aws(await entraToken(cloud, awsScope)))).toEqual({
    account: example.accountId,
    arn: expect.stringContaining(`arn:aws:sts::${example.accountId}:assumed-role/ci-push/`),
    endpoint: `https://${example.ecrHost}`,
    login: expect.any(String),
  })
})

test('the AWS SDK is refused with a token that Entra made for ACR, and gets no session', async () => {
  const before = cloud.sandbox.world.awsSessions.size
  const { error, ...others } = await awsSdk(cloud, await cloud.aws(await entraToken(cloud, acrScope)))
  expect(error).toMatch(/^InvalidIdentityToken/)
  expect([others, cloud.sandbox.world.awsSessions.size]).toEqual([{}, before])
})

test('the AWS SDK is refused a role that does not trust it, with the text of AWS', async () => {
  const variables = await cloud.aws(await entraToken(cloud, awsScope))
  const AWS_ROLE_ARN = `arn:aws:iam::${example.accountId}:role/admin`
  expect(await awsSdk(cloud, { ...variables, AWS_ROLE_ARN })).toEqual({
    error: 'AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity',
  })
})

import { expect, test } from 'vitest'
import type { PolicyDocument, PolicyStatement } from '../config.ts'
import { throughProxy } from '../through-proxy.ts'
import { signByHand } from './test-signing.ts'
import { policy } from './test-cloud.ts'
import { account, role, roleArn, startFront } from './test-front.ts'
import type { Front } from './test-front.ts'

const HOST = 'api.ecr-public.us-east-1.amazonaws.com'
const LOGIN: PolicyStatement = { Effect: 'Allow', Action: 'ecr-public:GetAuthorizationToken', Resource: '*' }
const BEARER: PolicyStatement = {
  Effect: 'Allow',
  Action: 'sts:GetServiceBearerToken',
  Resource: '*',
  Condition: { StringEquals: { 'sts:AWSServiceName': 'ecr-public.amazonaws.com' } },
}

const start = (...policies: readonly PolicyDocument[]): Promise<Front> =>
  startFront([account({ roles: [role('first', { policies })] })])

/** The one call, signed by hand: its SDK is none of ours. */
const login = async (front: Front, service = 'ecr-public') => {
  const { accessKeyId } = await front.assume({ RoleArn: roleArn('first') })
  const session = front.sandbox.world.awsSessions.get(accessKeyId)
  if (session === undefined) throw new Error('no session')
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'SpencerFrontendService.GetAuthorizationToken',
  }
  const signed = signByHand(session, { service, host: HOST, body: '{}', headers })
  const answer = await throughProxy(front.sandbox, {
    url: `https://${HOST}/`,
    method: 'POST',
    headers: signed,
    body: '{}',
  })
  return { session, status: answer.status, body: JSON.parse(answer.body) as Record<string, unknown> }
}

test('gives a password for ECR Public that ends with the session and that the registry can look up', async () => {
  await using front = await start(policy(LOGIN, BEARER))
  const { session, status, body } = await login(front)
  expect(status).toBe(200)
  const { authorizationToken, expiresAt } = body['authorizationData'] as {
    authorizationToken: string
    expiresAt: number
  }
  const [user, password = ''] = Buffer.from(authorizationToken, 'base64').toString('utf8').split(':')
  expect([user, expiresAt * 1000]).toEqual(['AWS', session.expiresAt])
  const { world } = front.sandbox
  expect(world.ecrPublicTokens?.get(password)).toMatchObject({ roleName: 'first', expiresAt: session.expiresAt })
  expect([world.minted.all.has(password), world.ecrPasswords.size]).toEqual([true, 0])
  expect(JSON.stringify(world.journal.entries)).not.toContain(password.slice(0, 40))
})

test.each([
  ['ecr-public:GetAuthorizationToken', policy(BEARER)],
  ['sts:GetServiceBearerToken', policy(LOGIN)],
  [
    'sts:GetServiceBearerToken',
    policy(LOGIN, { ...BEARER, Condition: { StringEquals: { 'sts:AWSServiceName': 'codeartifact.amazonaws.com' } } }),
  ],
])('gives none without %s', async (action, document) => {
  await using front = await start(document)
  const { status, body } = await login(front)
  expect({ status, body }).toMatchObject({
    status: 400,
    body: {
      __type: 'AccessDeniedException',
      message: expect.stringContaining(`because no identity-based policy allows the ${action} action`),
    },
  })
  expect(front.sandbox.world.ecrPublicTokens?.size).toBe(0)
})

test('does not take a signature that was made for the private registry', async () => {
  await using front = await start(policy(LOGIN, BEARER))
  expect(await login(front, 'ecr')).toMatchObject({ status: 400, body: { __type: 'InvalidSignatureException' } })
})

import { expect, test } from 'vitest'
import type { PolicyDocument, PolicyStatement } from '../config.ts'
import { ownerOf } from '../registry/ecr-public-access.ts'
import { throughProxy } from '../through-proxy.ts'
import { signByHand } from './test-signing.ts'
import { policy } from './test-cloud.ts'
import { account, HOME, OTHER, role, roleArn, startFront } from './test-front.ts'
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

/** One call, signed by hand for whichever service. */
const ask = async (front: Front, operation: string, input: object = {}, service = 'ecr-public') => {
  const text = JSON.stringify(input)
  const { accessKeyId } = await front.assume({ RoleArn: roleArn('first') })
  const session = front.sandbox.world.awsSessions.get(accessKeyId)
  if (session === undefined) throw new Error('no session')
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `SpencerFrontendService.${operation}`,
  }
  const signed = signByHand(session, { service, host: HOST, body: text, headers })
  const answer = await throughProxy(front.sandbox, {
    url: `https://${HOST}/`,
    method: 'POST',
    headers: signed,
    body: text,
  })
  return { session, status: answer.status, body: JSON.parse(answer.body) as Record<string, unknown> }
}

const login = (front: Front, service?: string) => ask(front, 'GetAuthorizationToken', {}, service)

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

const ANYTHING = policy({ Effect: 'Allow', Action: 'ecr-public:*', Resource: '*' })

const startPublic = (...policies: readonly PolicyDocument[]): Promise<Front> =>
  startFront([
    account({
      roles: [role('first', { policies })],
      publicRegistry: { alias: 'a1b2c3d4', repositories: ['app'] },
    }),
  ])

const resource = (name: string): string => `arn:aws:ecr-public::${HOME}:repository/${name}`

test('describes the account’s repositories, and makes one that the registry then takes', async () => {
  await using front = await startPublic(ANYTHING)
  const describe = (name: string) => ask(front, 'DescribeRepositories', { repositoryNames: [name] })
  expect((await describe('app')).body).toMatchObject({
    repositories: [{ repositoryArn: resource('app'), repositoryUri: 'public.ecr.aws/a1b2c3d4/app' }],
  })
  expect(await describe('team/new')).toMatchObject({ status: 400, body: { __type: 'RepositoryNotFoundException' } })
  const make = () => ask(front, 'CreateRepository', { repositoryName: 'team/new' })
  expect(await make()).toMatchObject({ status: 200, body: { repository: { repositoryName: 'team/new' } } })
  expect(await make()).toMatchObject({ status: 400, body: { __type: 'RepositoryAlreadyExistsException' } })
  expect((await describe('team/new')).status).toBe(200)
  expect(ownerOf(front.sandbox.world, 'a1b2c3d4/team/new')?.hasRepository).toBe(true)
})

test.each([
  ['ecr-public:DescribeRepositories', 'DescribeRepositories', { repositoryNames: ['app'] }],
  ['ecr-public:CreateRepository', 'CreateRepository', { repositoryName: 'new' }],
  ['ecr-public:TagResource', 'CreateRepository', { repositoryName: 'new', tags: [{ Key: 'a', Value: 'b' }] }],
])('wants %s, and makes nothing without it', async (action, operation, input) => {
  await using front = await startPublic(ANYTHING, policy({ Effect: 'Deny', Action: action, Resource: '*' }))
  expect(await ask(front, operation, input)).toMatchObject({
    status: 400,
    body: { __type: 'AccessDeniedException', message: expect.stringContaining(`to perform: ${action} on resource`) },
  })
  expect(ownerOf(front.sandbox.world, 'a1b2c3d4/new')?.hasRepository).toBe(false)
})

test.each([
  ['a name in capitals', { repositoryName: 'Team' }, 'InvalidParameterException'],
  ['a reserved tag', { repositoryName: 'new', tags: [{ Key: 'aws:a', Value: 'b' }] }, 'InvalidTagParameterException'],
  ['the registry of another account', { repositoryName: 'new', registryId: OTHER }, 'RegistryNotFoundException'],
])('makes nothing with %s', async (_what, input, code) => {
  await using front = await startPublic(ANYTHING)
  expect(await ask(front, 'CreateRepository', input)).toMatchObject({ status: 400, body: { __type: code } })
  expect(ownerOf(front.sandbox.world, 'a1b2c3d4/new')?.hasRepository).toBe(false)
})

test('an account without a public registry has no repositories', async () => {
  await using front = await start(ANYTHING)
  const input = { repositoryName: 'new' }
  expect(await ask(front, 'CreateRepository', input)).toMatchObject({ body: { __type: 'RegistryNotFoundException' } })
})

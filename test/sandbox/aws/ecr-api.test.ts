import {
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  PutRegistryPolicyCommand,
} from '@aws-sdk/client-ecr'
import { expect, test } from 'vitest'
import type { PolicyDocument } from '../config.ts'
import type { AwsSession, World } from '../world.ts'
import { createEcrApi } from './ecr-api.ts'
import { mintSession } from './session.ts'
import { ACCOUNT, createCloud, policy, REGION, serve } from './test-cloud.ts'
import type { Served } from './test-cloud.ts'

const HOST = `api.ecr.${REGION}.amazonaws.com`
const WHO = `User: arn:aws:sts::${ACCOUNT}:assumed-role/pusher/build-7 is not authorized to perform:`

const openSession = (world: World, sessionPolicy?: PolicyDocument): AwsSession =>
  mintSession(world, {
    accountId: ACCOUNT,
    partition: 'aws',
    roleName: 'pusher',
    sessionName: 'build-7',
    lifetimeSeconds: 3600,
    ...(sessionPolicy === undefined ? {} : { sessionPolicy: JSON.stringify(sessionPolicy) }),
  })

const client = (served: Served, credentials: AwsSession): ECRClient =>
  new ECRClient({ region: REGION, endpoint: served.url, credentials, maxAttempts: 1 })

test('gives the AWS SDK a registry password that ends with the session and that the registry can look up', async () => {
  const world = await createCloud()
  const session = openSession(world)
  await using ecr = await serve(createEcrApi(world), HOST)
  const { authorizationData } = await client(ecr, session).send(new GetAuthorizationTokenCommand({}))
  const [data] = authorizationData ?? []
  expect(data?.proxyEndpoint).toBe(`https://${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`)
  expect(data?.expiresAt?.getTime()).toBe(session.expiresAt)
  const [user, password = ''] = Buffer.from(data?.authorizationToken ?? '', 'base64')
    .toString()
    .split(':')
  expect(user).toBe('AWS')
  expect(world.ecrPasswords.get(password)).toMatchObject({ accessKeyId: session.accessKeyId, ecrRegion: REGION })
  expect([password, data?.authorizationToken ?? ''].every((secret) => world.minted.all.has(secret))).toBe(true)
  expect(JSON.stringify(world.journal.entries)).not.toContain(password.slice(0, 40))
})

const NONE = policy({ Effect: 'Allow', Action: 'ecr:PutImage', Resource: '*' })
const ALL = policy({ Effect: 'Allow', Action: 'ecr:*', Resource: '*' })
const DENY = policy({ Effect: 'Deny', Action: 'ecr:GetAuthorizationToken', Resource: '*' })
const ASKED = 'ecr:GetAuthorizationToken on resource: *'

test.each<[string, readonly PolicyDocument[], PolicyDocument | undefined, string]>([
  [
    'no identity policy allows it',
    [NONE],
    undefined,
    `${WHO} ${ASKED} because no identity-based policy allows the ecr:GetAuthorizationToken action`,
  ],
  [
    'an identity policy denies it',
    [ALL, DENY],
    undefined,
    `${WHO} ${ASKED} with an explicit deny in an identity-based policy`,
  ],
  [
    'the session policy leaves it out',
    [ALL],
    NONE,
    `${WHO} ${ASKED} because no session policy allows the ecr:GetAuthorizationToken action`,
  ],
  [
    'only one repository is allowed',
    [policy({ Effect: 'Allow', Action: 'ecr:*', Resource: `arn:aws:ecr:*:*:repository/*` })],
    undefined,
    `${WHO} ${ASKED} because no identity-based policy allows the ecr:GetAuthorizationToken action`,
  ],
])('gives no password when %s', async (_, policies, sessionPolicy, message) => {
  const world = await createCloud({ role: { policies } })
  await using ecr = await serve(createEcrApi(world), HOST)
  const call = client(ecr, openSession(world, sessionPolicy)).send(new GetAuthorizationTokenCommand({}))
  await expect(call).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message,
    $metadata: { httpStatusCode: 400 },
  })
  expect(world.ecrPasswords.size).toBe(0)
  expect(world.journal.entries).toMatchObject([
    { standIn: 'ecr', operation: 'GetAuthorizationToken', refused: 'AccessDeniedException' },
  ])
})

test('describes the repositories of its own region and account', async () => {
  const repositories = [
    { region: REGION, name: 'team/app' },
    { region: 'eu-west-1', name: 'team/far' },
  ] as const
  const world = await createCloud({ account: { repositories } })
  await using ecr = await serve(createEcrApi(world), HOST)
  const answer = await client(ecr, openSession(world)).send(new DescribeRepositoriesCommand({}))
  expect(answer.repositories).toMatchObject([
    {
      repositoryName: 'team/app',
      registryId: ACCOUNT,
      repositoryArn: `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/team/app`,
      repositoryUri: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/team/app`,
      imageTagMutability: 'MUTABLE',
    },
  ])
})

test('names a repository that does not exist, but only to who may describe it', async () => {
  const narrow = policy(
    { Effect: 'Allow', Action: 'ecr:DescribeRepositories', Resource: '*/other' },
    { Effect: 'Allow', Action: 'ecr:*', Resource: `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/team/*` },
  )
  const world = await createCloud({ role: { policies: [narrow] } })
  await using ecr = await serve(createEcrApi(world), HOST)
  const ask = async (name: string): Promise<unknown> =>
    client(ecr, openSession(world)).send(new DescribeRepositoriesCommand({ repositoryNames: [name] }))
  await expect(ask('team/new')).rejects.toMatchObject({
    name: 'RepositoryNotFoundException',
    message: `The repository with name 'team/new' does not exist in the registry with id '${ACCOUNT}'`,
  })
  await expect(ask('secret/new')).rejects.toMatchObject({ name: 'AccessDeniedException' })
})

test('denies the registry of another account', async () => {
  const world = await createCloud()
  await using ecr = await serve(createEcrApi(world), HOST)
  const call = client(ecr, openSession(world)).send(new DescribeRepositoriesCommand({ registryId: '999999999999' }))
  await expect(call).rejects.toMatchObject({ name: 'AccessDeniedException' })
})

test('does not know the credentials of another partition', async () => {
  const world = await createCloud()
  await using ecr = await serve(createEcrApi(world), 'api.ecr.cn-north-1.amazonaws.com.cn')
  const sdk = new ECRClient({
    region: 'cn-north-1',
    endpoint: ecr.url,
    credentials: openSession(world),
    maxAttempts: 1,
  })
  const call = sdk.send(new GetAuthorizationTokenCommand({}))
  await expect(call).rejects.toMatchObject({ name: 'UnrecognizedClientException' })
})

test('refuses an operation that the sandbox does not have', async () => {
  const world = await createCloud()
  await using ecr = await serve(createEcrApi(world), HOST)
  const call = client(ecr, openSession(world)).send(new PutRegistryPolicyCommand({ policyText: '{}' }))
  await expect(call).rejects.toMatchObject({ name: 'UnknownOperationException', $metadata: { httpStatusCode: 400 } })
})

const TARGET = {
  'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
  'content-type': 'application/x-amz-json-1.1',
}

test.each<[string, RequestInit, string, number]>([
  ['without a signature', { method: 'POST', headers: TARGET, body: '{}' }, 'MissingAuthenticationTokenException', 400],
  ['without a target', { method: 'POST', body: '{}' }, 'UnknownOperationException', 400],
  ['as a GET', { headers: TARGET }, 'MethodNotAllowedException', 405],
  [
    'beyond the limit',
    { method: 'POST', headers: TARGET, body: ' '.repeat(29_000_001) },
    'RequestEntityTooLargeException',
    413,
  ],
])('refuses a request %s', async (_, init, type, status) => {
  await using ecr = await serve(createEcrApi(await createCloud()), HOST)
  const answer = await fetch(ecr.url, init)
  expect({ status: answer.status, body: await answer.json() }).toMatchObject({ status, body: { __type: type } })
})

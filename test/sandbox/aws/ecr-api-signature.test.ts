import { DescribeRepositoriesCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import { expect, test } from 'vitest'
import type { AwsSession, World } from '../world.ts'
import { createEcrApi } from './ecr-api.ts'
import { isObject } from './json-object.ts'
import { mintSession } from './session.ts'
import { ACCOUNT, createCloud, REGION, serve } from './test-cloud.ts'
import type { Served } from './test-cloud.ts'

const HOST = `api.ecr.${REGION}.amazonaws.com`

const openSession = (world: World, lifetimeSeconds = 3600): AwsSession =>
  mintSession(world, {
    accountId: ACCOUNT,
    partition: 'aws',
    roleName: 'pusher',
    sessionName: 'build-7',
    lifetimeSeconds,
  })

const client = (served: Served, credentials: AwsSession): ECRClient =>
  new ECRClient({ region: REGION, endpoint: served.url, credentials, maxAttempts: 1 })

test.each<[string, (session: AwsSession) => AwsSession, string]>([
  ['another secret', (session) => ({ ...session, secretAccessKey: 'x' }), 'InvalidSignatureException'],
  ['an unknown key', (session) => ({ ...session, accessKeyId: 'ASIAUNKNOWNUNKNOWN22' }), 'UnrecognizedClientException'],
  ['another session token', (session) => ({ ...session, sessionToken: 'x' }), 'UnrecognizedClientException'],
])('refuses %s in the wire form of JSON services', async (_, change, name) => {
  const world = await createCloud()
  await using ecr = await serve(createEcrApi(world), HOST)
  const call = client(ecr, change(openSession(world))).send(new GetAuthorizationTokenCommand({}))
  await expect(call).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } })
  expect(world.ecrPasswords.size).toBe(0)
})

test('refuses an expired session with ExpiredTokenException', async () => {
  const world = await createCloud()
  await using ecr = await serve(createEcrApi(world), HOST)
  const call = client(ecr, openSession(world, 0)).send(new GetAuthorizationTokenCommand({}))
  await expect(call).rejects.toMatchObject({ name: 'ExpiredTokenException' })
})

type Signed = { readonly path: string; readonly headers: Record<string, string>; readonly body: string }

const isSigned = (request: unknown): request is Signed =>
  typeof request === 'object' && request !== null && 'path' in request && 'headers' in request && 'body' in request

/** What the SDK would send, signed, to describe a repository. */
const signedCall = async (served: Served, session: AwsSession): Promise<Signed> => {
  const sdk = client(served, session)
  const caught: Signed[] = []
  sdk.middlewareStack.add(
    (next) => async (args) => {
      if (isSigned(args.request)) caught.push(args.request)
      return next(args)
    },
    { step: 'finalizeRequest', priority: 'low' },
  )
  await sdk.send(new DescribeRepositoriesCommand({ repositoryNames: ['team/app'] }))
  const [request] = caught
  if (request === undefined) throw new Error('the SDK sent nothing')
  const { host: _host, 'content-length': _length, ...headers } = request.headers
  return { path: request.path, headers, body: request.body }
}

const send = async (served: Served, { path, headers, body }: Signed): Promise<unknown> => {
  const answer = await fetch(`${served.url}${path}`, { method: 'POST', headers, body })
  const answered: unknown = await answer.json()
  return isObject(answered) ? answered['__type'] : answered
}

test('accepts what the SDK signed and refuses it with another body, header or path', async () => {
  const world = await createCloud()
  await using ecr = await serve(createEcrApi(world), HOST)
  const signed = await signedCall(ecr, openSession(world))
  const target = { 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken' }
  expect(await send(ecr, signed)).toBeUndefined()
  const changed = [
    { ...signed, body: '{}' },
    { ...signed, path: '/?a=b' },
    { ...signed, headers: { ...signed.headers, ...target } },
    { ...signed, headers: { ...signed.headers, 'x-amz-new': 'unsigned' } },
  ]
  const refusals = await Promise.all(changed.map((request) => send(ecr, request)))
  expect(refusals).toEqual(changed.map(() => 'InvalidSignatureException'))
  expect(world.ecrPasswords.size).toBe(0)
})

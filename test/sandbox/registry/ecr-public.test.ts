import { expect, test } from 'vitest'
import type { AwsAccount } from '../config.ts'
import type { Sandbox } from '../sandbox.ts'
import { digestOf } from './digest.ts'
import { ECR_ACCOUNTS, basic } from './sample-ecr.ts'
import { hostOf, useFront } from './sample-front.ts'
import { errorOf, pushBlob, pushImage } from './sample-image.ts'
import { textMember } from './sample-acr.ts'
import { registryState, repositoryState } from './state.ts'

const start = useFront()
const HOST = 'public.ecr.aws'
const APP = 'a1b2c3d4/app'

const allow = (action: string, resource = '*') =>
  ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] }) as const
const role = (name: string, ...policies: AwsAccount['roles'][number]['policies']) =>
  ({ name, trustPolicy: { Version: '2012-10-17', Statement: [] }, policies }) as const

const ACCOUNTS: readonly AwsAccount[] = [
  {
    ...ECR_ACCOUNTS[0],
    roles: [
      role('pusher', allow('ecr-public:*', `arn:aws:ecr-public::${ECR_ACCOUNTS[0].id}:repository/app`)),
      role('nobody'),
    ],
    publicRegistry: { alias: 'a1b2c3d4', repositories: ['app', 'other'] },
  },
  {
    ...ECR_ACCOUNTS[0],
    id: '999999999999',
    roles: [role('pusher', allow('ecr-public:*'))],
    publicRegistry: { alias: 'e5f6a7b8', repositories: ['app'] },
  },
]

const startPublic = () => start({ accounts: ACCOUNTS })

/** A password as ECR Public's GetAuthorizationToken books it. */
const bookPassword = (sandbox: Sandbox, roleName: string, accountId: string = ECR_ACCOUNTS[0].id): string => {
  const password = `public password of ${roleName} ${accountId}`
  sandbox.world.ecrPublicTokens?.set(password, {
    accessKeyId: 'ASIAEXAMPLE',
    secretAccessKey: 'x',
    sessionToken: 'x',
    accountId,
    partition: 'aws',
    roleName,
    sessionName: 'run-1',
    expiresAt: sandbox.world.clock.now() + 3_600_000,
  })
  return password
}

const askToken = (sandbox: Sandbox, headers = {}) =>
  hostOf(sandbox, HOST).ask('GET', `/token/?service=${HOST}&scope=repository:${APP}:pull,push`, { headers })

const bearer = async (sandbox: Sandbox, headers = {}) => ({
  Authorization: `Bearer ${textMember(await askToken(sandbox, headers), 'token')}`,
})

const targetOf = async (sandbox: Sandbox, roleName = 'pusher', accountId?: string) => ({
  server: hostOf(sandbox, HOST),
  repository: APP,
  headers: await bearer(sandbox, basic('AWS', bookPassword(sandbox, roleName, accountId))),
})

test('challenges for a Bearer token of its own token endpoint', async () => {
  const reply = await hostOf(await startPublic(), HOST).ask('GET', '/v2/')
  expect([reply.status, reply.headers['www-authenticate'], errorOf(reply).message]).toEqual([
    401,
    'Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws"',
    'Not Authorized',
  ])
})

test('everybody pulls with a token that was given for nothing, over another host that takes no credential', async () => {
  const sandbox = await startPublic()
  await pushImage(await targetOf(sandbox), 'v1')
  const headers = await bearer(sandbox)
  const server = hostOf(sandbox, HOST)
  expect((await server.ask('GET', `/v2/${APP}/manifests/v1`, { headers })).status).toBe(200)
  expect((await server.ask('GET', `/v2/${APP}/tags/list`, { headers })).text).toContain('v1')
  const got = await server.ask('GET', `/v2/${APP}/blobs/${digestOf('layer')}`, { headers })
  const link = new URL(got.headers.location ?? '')
  expect([got.status, link.host.endsWith('.cloudfront.net')]).toEqual([307, true])
  expect((await hostOf(sandbox, link.host).ask('GET', link.pathname + link.search, { headers })).status).toBe(400)
  expect((await hostOf(sandbox, link.host).ask('GET', link.pathname + link.search)).text).toBe('layer')
})

test.each([
  ['the anonymous', async (sandbox: Sandbox) => ({ ...(await targetOf(sandbox)), headers: await bearer(sandbox) })],
  ['another account', (sandbox: Sandbox) => targetOf(sandbox, 'pusher', '999999999999')],
  ['a role without the right', (sandbox: Sandbox) => targetOf(sandbox, 'nobody')],
  [
    'a role with the right to another repository',
    async (sandbox: Sandbox) => ({ ...(await targetOf(sandbox)), repository: 'a1b2c3d4/other' }),
  ],
  [
    'the owner under an alias that is nobody’s',
    async (sandbox: Sandbox) => ({ ...(await targetOf(sandbox)), repository: 'z9/app' }),
  ],
])('refuses a push by %s and leaves nothing', async (_who, target) => {
  const sandbox = await startPublic()
  const { server, headers, repository } = await target(sandbox)
  const reply = await server.ask('POST', `/v2/${repository}/blobs/uploads/`, { headers })
  expect([reply.status, errorOf(reply).code]).toEqual([403, 'DENIED'])
  expect(registryState(sandbox.world, HOST).openUploads()).toEqual([])
})

test('the owner pushes under the own alias, into repositories that exist', async () => {
  const sandbox = await startPublic()
  const target = await targetOf(sandbox)
  expect((await pushImage(target, 'v1')).status).toBe(201)
  expect(repositoryState(sandbox.world, HOST, APP).tags()).toEqual(['v1'])
  const { server, headers } = await targetOf(sandbox, 'pusher', '999999999999')
  const missing = await server.ask('POST', '/v2/e5f6a7b8/none/blobs/uploads/', { headers })
  expect([missing.status, errorOf(missing).code]).toEqual([404, 'NAME_UNKNOWN'])
})

test('answers 400 without a challenge to Basic, to an unknown token and to an expired one', async () => {
  const sandbox = await startPublic()
  const late = await bearer(sandbox)
  const direct = bookPassword(sandbox, 'pusher')
  sandbox.world.clock.advance(12 * 3_600_000)
  for (const headers of [basic('AWS', direct), { Authorization: 'Bearer guess' }, late]) {
    const reply = await hostOf(sandbox, HOST).ask('GET', '/v2/', { headers })
    expect([reply.status, errorOf(reply).code, reply.headers['www-authenticate']]).toEqual([400, 'DENIED', undefined])
  }
})

test('takes the API’s own token as Bearer', async () => {
  const sandbox = await startPublic()
  const token = Buffer.from(`AWS:${bookPassword(sandbox, 'pusher')}`).toString('base64')
  const target = { server: hostOf(sandbox, HOST), repository: APP, headers: { Authorization: `Bearer ${token}` } }
  expect((await pushBlob(target, 'layer')).status).toBe(201)
})

test('gives no token for a password that it does not know, a private one, or one that has run out', async () => {
  const sandbox = await startPublic()
  const good = bookPassword(sandbox, 'pusher')
  expect((await askToken(sandbox, basic('AWS', 'guess'))).status).toBe(400)
  expect((await askToken(sandbox, basic('aws', good))).status).toBe(400)
  sandbox.world.clock.advance(3_600_000)
  expect((await askToken(sandbox, basic('AWS', good))).status).toBe(403)
  const journal = JSON.stringify(sandbox.journal.entries)
  for (const secret of [...sandbox.minted.all, good, 'guess']) expect(journal).not.toContain(secret)
})

test('has one content under both of its hosts, and keeps to the host that was asked', async () => {
  const sandbox = await startPublic()
  const other = 'ecr-public.aws.com'
  const { headers } = await targetOf(sandbox)
  const server = hostOf(sandbox, other)
  expect((await pushImage({ server, repository: APP, headers }, 'v1')).status).toBe(201)
  expect(repositoryState(sandbox.world, HOST, APP).tags()).toEqual(['v1'])
  const begun = await server.ask('POST', `/v2/${APP}/blobs/uploads/`, { headers })
  expect(begun.headers.location).toMatch(new RegExp(`^https://${other}/`))
})

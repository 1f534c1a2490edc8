import { expect, test } from 'vitest'
import { decodeJwt } from '../jws.ts'
import type { AcrRole, AcrRoleAssignment } from './acr-config.ts'
import { controlAcr } from './acr-control.ts'
import { textMember } from './sample-acr.ts'
import {
  bearerAt,
  exchangeAt,
  LOGIN_SERVER,
  oneRegistry,
  PULLER,
  PUSHER,
  pusherAt,
  tokenAt,
} from './sample-acr-front.ts'
import { hostOf, useFront } from './sample-front.ts'
import { beginUpload, pushImage, withDigest } from './sample-image.ts'
import { digestOf } from './digest.ts'

const start = useFront()
const ALL = ['repository:team/app:pull,push,delete,metadata_read,metadata_write', 'registry:catalog:*']

const startWith = (mode: 'rbac' | 'rbac-abac', ...roleAssignments: readonly AcrRoleAssignment[]) =>
  start(oneRegistry({ roleAssignmentMode: mode, roleAssignments }))

const accessOf = async (sandbox: Awaited<ReturnType<typeof startWith>>, scopes = ALL) => {
  const { Authorization } = await bearerAt(sandbox, scopes)
  const access = decodeJwt(Authorization.slice('Bearer '.length))?.claims['access']
  return (Array.isArray(access) ? access : []).map(
    ({ name, actions }: { name: string; actions: string[] }) => `${name}: ${actions.join(' ')}`,
  )
}

const READ = 'team/app: pull metadata_read'
const WRITE = 'team/app: pull push metadata_read metadata_write'
const EVERYTHING = 'team/app: pull push delete metadata_read metadata_write'

test.each([
  ['rbac', 'AcrPull', [READ, 'catalog: *']],
  ['rbac', 'AcrPush', [WRITE, 'catalog: *']],
  ['rbac', 'AcrDelete', ['team/app: delete']],
  ['rbac', 'Owner', [EVERYTHING, 'catalog: *']],
  ['rbac', 'Container Registry Repository Writer', []],
  ['rbac-abac', 'AcrPush', []],
  ['rbac-abac', 'AcrDelete', []],
  ['rbac-abac', 'Owner', []],
  ['rbac-abac', 'Contributor', []],
  ['rbac-abac', 'Container Registry Repository Reader', [READ]],
  ['rbac-abac', 'Container Registry Repository Writer', [WRITE]],
  ['rbac-abac', 'Container Registry Repository Contributor', [EVERYTHING]],
  ['rbac-abac', 'Container Registry Repository Catalog Lister', ['catalog: *']],
] as const)('in mode %s the role %s gives %j, and no error', async (mode, role, access) => {
  expect(await accessOf(await startWith(mode, { principalId: PUSHER, role }))).toEqual(access)
})

const CONDITION = (prefix: string): string =>
  `((!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/write'})) OR (@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringStartsWithIgnoreCase '${prefix}'))`

test('a condition narrows the actions that it names to the repositories that it names', async () => {
  const role: AcrRole = 'Container Registry Repository Writer'
  const sandbox = await startWith('rbac-abac', { principalId: PUSHER, role, condition: CONDITION('other/') })
  expect(await accessOf(sandbox)).toEqual(['team/app: pull metadata_read metadata_write'])
  expect(await accessOf(sandbox, ['repository:other/app:pull,push'])).toEqual(['other/app: pull push'])
  const { server, headers } = await pusherAt(sandbox)
  const reply = await server.ask('POST', '/v2/team/app/blobs/uploads/', { headers })
  expect([reply.status, reply.headers['www-authenticate']]).toEqual([
    401,
    expect.stringContaining('insufficient_scope'),
  ])
  expect((await pushImage(await pusherAt(sandbox, 'other/app'), 'v1')).status).toBe(201)
})

test('after a switch of the mode every earlier credential gets 401, and one exchange anew is enough', async () => {
  const sandbox = await startWith(
    'rbac',
    { principalId: PUSHER, role: 'AcrPush' },
    { principalId: PUSHER, role: 'Container Registry Repository Writer' },
  )
  const refresh = textMember(await exchangeAt(sandbox), 'refresh_token')
  const before = await pusherAt(sandbox)
  const location = await beginUpload(before)
  controlAcr(sandbox.world, LOGIN_SERVER).switchRoleAssignmentMode('rbac-abac')
  const put = { headers: before.headers, body: 'x' }
  const late = await before.server.ask('PUT', withDigest(location, digestOf('x')), put)
  expect([late.status, late.headers['www-authenticate']]).toEqual([401, expect.stringContaining('invalid_token')])
  expect((await tokenAt(sandbox, refresh, { scopes: ALL })).status).toBe(401)
  expect(sandbox.journal.entries.at(-1)?.checks).toContain('refresh token: issued before the mode was switched')
  const after = await pusherAt(sandbox)
  const renewed = { headers: after.headers, body: 'x' }
  expect((await after.server.ask('PUT', withDigest(location, digestOf('x')), renewed)).status).toBe(201)
})

test('a switch to the mode that is on changes nothing; one back does not revive old credentials', async () => {
  const sandbox = await startWith('rbac', { principalId: PUSHER, role: 'AcrPush' })
  const { server, headers } = await pusherAt(sandbox)
  const status = async () => (await server.ask('GET', '/v2/', { headers })).status
  const control = controlAcr(sandbox.world, LOGIN_SERVER)
  control.switchRoleAssignmentMode('rbac')
  expect(await status()).toBe(200)
  control.switchRoleAssignmentMode('rbac-abac')
  control.switchRoleAssignmentMode('rbac')
  expect(await status()).toBe(401)
})

test('the catalog wants registry:catalog:*, which a pull is not', async () => {
  const sandbox = await start(oneRegistry())
  await pushImage(await pusherAt(sandbox), 'v1')
  const server = hostOf(sandbox, LOGIN_SERVER)
  const bare = await server.ask('GET', '/v2/_catalog')
  expect([bare.status, bare.headers['www-authenticate']]).toEqual([
    401,
    expect.stringContaining('scope="registry:catalog:*"'),
  ])
  const pull = { headers: await bearerAt(sandbox, ['repository:team/app:pull'], { oid: PULLER }) }
  expect((await server.ask('GET', '/v2/_catalog', pull)).status).toBe(401)
  const lister = { headers: await bearerAt(sandbox, ['registry:catalog:*'], { oid: PULLER }) }
  expect((await server.ask('GET', '/v2/_catalog', lister)).json()).toEqual({ repositories: ['team/app'] })
})

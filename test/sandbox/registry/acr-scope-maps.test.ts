import { expect, test } from 'vitest'
import { decodeJwt } from '../jws.ts'
import type { Sandbox } from '../sandbox.ts'
import type { AcrDataAction, AcrRegistry } from './acr-config.ts'
import { textMember } from './sample-acr.ts'
import { LOGIN_SERVER, oneRegistry, pusherAt } from './sample-acr-front.ts'
import { basic } from './sample-ecr.ts'
import { hostOf, useFront } from './sample-front.ts'
import { pushImage } from './sample-image.ts'

const start = useFront()
const PASSWORD = 'example password of ci'

const token = (scopeMap: Readonly<Record<string, readonly AcrDataAction[]>>, more = {}) => ({
  scopeMapTokens: [{ name: 'ci', passwords: [PASSWORD, 'the second'], scopeMap, ...more }],
})

const startWith = (change: Partial<AcrRegistry>) => start(oneRegistry(change))

const ask = (sandbox: Sandbox, headers: object, ...scopes: readonly string[]) => {
  const query = new URLSearchParams([
    ['service', LOGIN_SERVER],
    ...scopes.map((scope): [string, string] => ['scope', scope]),
  ])
  return hostOf(sandbox, LOGIN_SERVER).ask('GET', `/oauth2/token?${query.toString()}`, { headers: { ...headers } })
}

const bearer = async (sandbox: Sandbox, headers: object, ...scopes: readonly string[]) => ({
  Authorization: `Bearer ${textMember(await ask(sandbox, headers, ...scopes), 'access_token')}`,
})

const accessOf = ({ Authorization }: { readonly Authorization: string }): unknown =>
  decodeJwt(Authorization.slice('Bearer '.length))?.claims['access']

test('a token of a scope map pushes where its map says, and nowhere else', async () => {
  const sandbox = await startWith(token({ 'samples/*': ['content/read', 'content/write'] }))
  const headers = await bearer(
    sandbox,
    basic('ci', PASSWORD),
    'repository:samples/app:pull,push',
    'repository:other:pull',
  )
  expect(accessOf(headers)).toEqual([{ type: 'repository', name: 'samples/app', actions: ['pull', 'push'] }])
  const server = hostOf(sandbox, LOGIN_SERVER)
  expect((await pushImage({ server, repository: 'samples/app', headers }, 'v1')).status).toBe(201)
  expect((await server.ask('POST', '/v2/other/blobs/uploads/', { headers })).status).toBe(401)
})

test('rules add up, and a prefix ends at a slash', async () => {
  const sandbox = await startWith(
    token({ 'sample/*': ['content/read'], 'sample/teamA/*': ['content/write'], 'sample/teamA/b': ['content/delete'] }),
  )
  const all = (name: string) => `repository:${name}:pull,push,delete`
  const scopes = ['sample/teamA/b', 'sample/teamA/c', 'sample/x', 'samples/x'].map(all)
  expect(accessOf(await bearer(sandbox, basic('ci', 'the second'), ...scopes))).toEqual([
    { type: 'repository', name: 'sample/teamA/b', actions: ['pull', 'push', 'delete'] },
    { type: 'repository', name: 'sample/teamA/c', actions: ['pull', 'push'] },
    { type: 'repository', name: 'sample/x', actions: ['pull'] },
  ])
})

test('its list of tags wants metadata_read: pull is not enough, and metadata_read alone is', async () => {
  const server = (sandbox: Sandbox) => hostOf(sandbox, LOGIN_SERVER)
  const list = async (actions: readonly AcrDataAction[]) => {
    const sandbox = await startWith(token({ 'team/app': actions }))
    await pushImage(await pusherAt(sandbox), 'v1')
    const headers = await bearer(sandbox, basic('ci', PASSWORD), 'repository:team/app:pull,metadata_read')
    return server(sandbox).ask('GET', '/v2/team/app/tags/list', { headers })
  }
  const refused = await list(['content/read', 'content/write'])
  expect([refused.status, refused.headers['www-authenticate']]).toEqual([
    401,
    expect.stringContaining('scope="repository:team/app:metadata_read",error="insufficient_scope"'),
  ])
  expect((await list(['metadata/read'])).status).toBe(200)
})

test('a scope map never gives the catalog', async () => {
  const sandbox = await startWith(token({ '*': ['content/read', 'metadata/read'] }))
  expect(accessOf(await bearer(sandbox, basic('ci', PASSWORD), 'registry:catalog:*'))).toEqual([])
})

test.each([
  ['a wrong password', basic('ci', 'guess'), {}],
  ['an unknown name', basic('other', PASSWORD), {}],
  ['a token that is disabled', basic('ci', PASSWORD), { enabled: false }],
])('refuses %s, and the journal shows no password', async (_what, headers, more) => {
  const sandbox = await startWith(token({ '*': ['content/read'] }, more))
  expect((await ask(sandbox, headers, 'repository:team/app:pull')).status).toBe(401)
  expect([...sandbox.minted.all]).toContain(PASSWORD)
  expect(JSON.stringify(sandbox.journal.entries)).not.toContain(PASSWORD)
})

test('the password is no Bearer token and no Basic one at the registry itself', async () => {
  const sandbox = await startWith(token({ '*': ['content/read'] }))
  expect((await hostOf(sandbox, LOGIN_SERVER).ask('GET', '/v2/', { headers: basic('ci', PASSWORD) })).status).toBe(401)
})

test('anonymous pull gives tokens that pull and nothing more, and only to who brings no credential', async () => {
  const sandbox = await startWith({ anonymousPull: true })
  await pushImage(await pusherAt(sandbox), 'v1')
  const headers = await bearer(sandbox, {}, 'repository:team/app:pull,push', 'registry:catalog:*')
  expect(accessOf(headers)).toEqual([{ type: 'repository', name: 'team/app', actions: ['pull'] }])
  const server = hostOf(sandbox, LOGIN_SERVER)
  expect((await server.ask('GET', '/v2/team/app/manifests/v1', { headers })).status).toBe(200)
  expect((await server.ask('POST', '/v2/team/app/blobs/uploads/', { headers })).status).toBe(401)
  expect((await server.ask('GET', '/v2/team/app/manifests/v1')).status).toBe(401)
  expect((await ask(sandbox, basic('ci', 'guess'), 'repository:team/app:pull')).status).toBe(401)
})

test('without anonymous pull nobody gets a token for nothing', async () => {
  expect((await ask(await startWith({}), {}, 'repository:team/app:pull')).status).toBe(401)
})

import { expect, test } from 'vitest'
import { decodeJwt } from '../jws.ts'
import {
  ACR_AUDIENCE,
  askToken,
  bearer,
  entraToken,
  exchange,
  HOST,
  NOBODY,
  OTHER_TENANT,
  postForm,
  PULLER,
  PUSHER,
  refreshToken,
  STRICT_HOST,
  TENANT,
  textMember,
  useAcr,
} from './sample-acr.ts'
import { errorOf } from './sample-image.ts'

const NULL_USER = '00000000-0000-0000-0000-000000000000'
const acr = useAcr()
const claimsOf = (token: string) => decodeJwt(token)?.claims ?? {}
const accessOf = (token: string) => claimsOf(token)['access']
const nowSeconds = () => Math.floor(acr.world().clock.now() / 1000)

test('exchanges an Entra token for a refresh token of three hours, and books it as a secret', async () => {
  const reply = await exchange(acr.server(), entraToken(acr.world()))
  const token = textMember(reply, 'refresh_token')
  const claims = claimsOf(token)
  expect([reply.status, claims]).toMatchObject([
    200,
    { iss: 'Azure Container Registry', aud: HOST, sub: PUSHER, grant_type: 'refresh_token', tenant: TENANT },
  ])
  expect(Number(claims['exp']) - Number(claims['iat'])).toBe(3 * 3600)
  expect(acr.world().minted.all).toContain(token)
})

test.each([ACR_AUDIENCE, `${ACR_AUDIENCE}/`, 'https://management.azure.com', 'https://management.core.windows.net/'])(
  'takes an Entra token for the audience %s',
  async (aud) => {
    expect((await exchange(acr.server(), entraToken(acr.world(), { aud }))).status).toBe(200)
  },
)

test('takes the tenant as id, as verified domain, and not at all', async () => {
  const token = entraToken(acr.world())
  const without = [
    ['grant_type', 'access_token'],
    ['service', HOST],
    ['access_token', token],
  ] as const
  expect((await exchange(acr.server(), token, { tenant: TENANT.toUpperCase() })).status).toBe(200)
  expect((await exchange(acr.server(), token, { tenant: 'contoso.example' })).status).toBe(200)
  expect((await postForm(acr.server(), '/oauth2/exchange', without)).status).toBe(200)
})

test.each([
  ['another grant type', 400, { grant_type: 'refresh_token' }],
  ['another service', 400, { service: 'other.azurecr.io' }],
  ['another tenant', 401, { tenant: OTHER_TENANT }],
  ['no JWT', 401, { access_token: 'x' }],
  ['an empty token', 401, { access_token: '' }],
])('refuses to exchange %s with %i and hands out nothing', async (_what, status, change) => {
  const reply = await exchange(acr.server(), entraToken(acr.world()), change)
  expect([reply.status, errorOf(reply).code, acr.world().minted.all.size]).toEqual([status, 'UNAUTHORIZED', 0])
  const entry = { standIn: 'acr', operation: 'POST exchange', status, refused: 'UNAUTHORIZED' }
  expect(acr.world().journal.entries.at(-1)).toMatchObject(entry)
})

const foreign = { tid: OTHER_TENANT, iss: `https://sts.windows.net/${OTHER_TENANT}/` }

test.each([
  ['for another audience', () => ({ aud: 'https://graph.microsoft.com' }), undefined],
  ['with its audience as GUID', () => ({ aud: '6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26' }), undefined],
  ['that is expired', () => ({ exp: nowSeconds() }), undefined],
  ['with a foreign signature', () => ({}), 'issuer:elsewhere'],
  ['of another tenant', () => foreign, `entra:${OTHER_TENANT}`],
])('refuses to exchange an Entra token %s and hands out nothing', async (_what, change, owner) => {
  const reply = await exchange(acr.server(), entraToken(acr.world(), change(), owner))
  expect([reply.status, errorOf(reply).code, acr.world().minted.all.size]).toEqual([401, 'UNAUTHORIZED', 0])
})

test('refuses ARM tokens where the registry does not take them', async () => {
  await using strict = await acr.start(STRICT_HOST)
  const arm = entraToken(acr.world(), { aud: 'https://management.azure.com' })
  expect((await exchange(strict, arm, { service: STRICT_HOST })).status).toBe(401)
  expect((await exchange(strict, entraToken(acr.world()), { service: STRICT_HOST })).status).toBe(200)
})

test('answers 404 to the wrong method, and 400 to a body that is no form', async () => {
  const server = acr.server()
  expect((await server.ask('GET', '/oauth2/exchange')).status).toBe(404)
  expect((await server.ask('PUT', '/oauth2/token')).status).toBe(404)
  expect((await server.ask('GET', '/oauth2/other')).status).toBe(404)
  expect((await server.ask('POST', '/oauth2/exchange', { body: '{}' })).status).toBe(400)
})

test('gives an access token of 75 minutes for several scopes', async () => {
  const scopes = ['repository:a:pull,push', 'repository:b:pull repository:c:push']
  const token = textMember(await askToken(acr, await refreshToken(acr), scopes), 'access_token')
  const { exp, iat, grant_type: kind } = claimsOf(token)
  expect(accessOf(token)).toEqual([
    { type: 'repository', name: 'a', actions: ['pull', 'push'] },
    { type: 'repository', name: 'b', actions: ['pull'] },
    { type: 'repository', name: 'c', actions: ['push'] },
  ])
  expect([Number(exp) - Number(iat), kind]).toEqual([4500, 'access_token'])
  expect(acr.world().minted.all).toContain(token)
})

test.each([
  ['AcrPull', PULLER, [{ type: 'repository', name: 'a', actions: ['pull'] }]],
  ['no role', NOBODY, []],
])('reduces the scope of a principal with %s and still answers 200', async (_role, oid, access) => {
  const reply = await askToken(acr, await refreshToken(acr, oid), ['repository:a:pull,push,delete'])
  expect([reply.status, accessOf(textMember(reply, 'access_token'))]).toEqual([200, access])
})

test('takes the refresh token as the password of the null user, by GET and by form', async () => {
  const refresh = await refreshToken(acr)
  const scope = 'repository:a:pull'
  const path = `/oauth2/token?${new URLSearchParams({ service: HOST, scope }).toString()}`
  const get = (user: string, password: string) => {
    const pair = Buffer.from(`${user}:${password}`).toString('base64')
    return acr.server().ask('GET', path, { headers: { Authorization: `Basic ${pair}` } })
  }
  const post = (username: string) => {
    const form = { grant_type: 'password', service: HOST, scope, username, password: refresh }
    return postForm(acr.server(), '/oauth2/token', Object.entries(form))
  }
  for (const reply of [await get(NULL_USER, refresh), await post(NULL_USER)]) {
    expect(accessOf(textMember(reply, 'access_token'))).toMatchObject([{ name: 'a', actions: ['pull'] }])
  }
  const none = await acr.server().ask('GET', path)
  const refused = [none, await get('someone', refresh), await get(NULL_USER, 'guess'), await post('someone')]
  expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401])
})

test('refuses a refresh token that is expired, of another registry, or no refresh token', async () => {
  const refresh = await refreshToken(acr)
  const access = (await bearer(acr, ['repository:a:pull'])).Authorization.slice('Bearer '.length)
  await using strict = await acr.start(STRICT_HOST)
  const elsewhere = await exchange(strict, entraToken(acr.world()), { service: STRICT_HOST })
  const statusFor = async (token: string) => (await askToken(acr, token, ['repository:a:pull'])).status
  expect(await statusFor(refresh)).toBe(200)
  for (const token of [access, textMember(elsewhere, 'refresh_token'), entraToken(acr.world()), 'x']) {
    expect(await statusFor(token)).toBe(401)
  }
  acr.world().clock.advance(3 * 3_600_000)
  expect(await statusFor(refresh)).toBe(401)
})

test('refuses a scope that cannot be read and a service that is not the host', async () => {
  const refresh = await refreshToken(acr)
  expect((await askToken(acr, refresh, ['everything'])).status).toBe(400)
  const form = { grant_type: 'refresh_token', service: 'other.azurecr.io', refresh_token: refresh }
  expect((await postForm(acr.server(), '/oauth2/token', Object.entries(form))).status).toBe(400)
})

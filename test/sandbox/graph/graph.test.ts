import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { podForm, podToken, postForm } from '../entra/ask-fabrikam.ts'
import { fabrikam, fabrikamCloud } from '../entra/fabrikam.ts'
import { signIn } from '../entra/sign-in.ts'
import { verifyEntraToken } from '../entra/verify.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { throughProxy } from '../through-proxy.ts'

const graphScope = 'https://graph.microsoft.com/.default'

let sandbox: Sandbox
let token: string
let adas: string
beforeAll(async () => {
  sandbox = await startSandbox(fabrikamCloud())
  token = await podToken(sandbox, { scope: graphScope })
  adas = String((await signIn(sandbox, { scope: 'openid User.Read' }))['access_token'])
})
afterAll(() => closeWithoutCrashes(sandbox))

type Answer = { readonly status: number; readonly json: Record<string, unknown> }

async function get(path: string, bearer: string | undefined = token, method = 'GET'): Promise<Answer> {
  const answer = await throughProxy(sandbox, {
    url: `https://graph.microsoft.com${path}`,
    method,
    headers: bearer === '' ? {} : { authorization: `Bearer ${bearer}`, 'client-request-id': 'my-request' },
  })
  return { status: answer.status, json: JSON.parse(answer.body) }
}

describe('Microsoft Graph', () => {
  test('verifies tokens that nobody else can verify', async () => {
    expect(verifyEntraToken(sandbox.world, token)).toBeUndefined()
    expect((await get('/v1.0/servicePrincipals')).status).toBe(200)
  })

  test.each([
    `/v1.0/servicePrincipals?$filter=appId%20eq%20'${fabrikam.builder}'`,
    `/v1.0/servicePrincipals?$filter=servicePrincipalNames/any(c:c%20eq%20'${fabrikam.builder}')`,
  ])('finds a service principal as Azure CLI looks for it (%s)', async (path) => {
    const { json } = await get(path)
    expect(json).toMatchObject({ value: [{ id: fabrikam.builderPrincipal, appId: fabrikam.builder }] })
    expect(json['value']).toHaveLength(1)
  })

  test('shows a service principal by object id and by client id, a managed identity as one', async () => {
    for (const path of [fabrikam.identityPrincipal, `(appId='${fabrikam.identity}')`]) {
      const { json } = await get(`/v1.0/servicePrincipals${path.startsWith('(') ? '' : '/'}${path}`)
      expect(json).toMatchObject({ id: fabrikam.identityPrincipal, servicePrincipalType: 'ManagedIdentity' })
    }
  })

  test('shows the federated credentials of an app', async () => {
    const { json: app } = await get(`/v1.0/applications(appId='${fabrikam.builder}')`)
    const byObject = await get(`/v1.0/applications/${String(app['id'])}/federatedIdentityCredentials`)
    const byClient = await get(`/v1.0/applications(appId='${fabrikam.builder}')/federatedIdentityCredentials`)
    expect(byObject.json).toEqual(byClient.json)
    expect(byObject.json).toMatchObject({
      value: [
        {
          name: 'cluster-1',
          issuer: fabrikam.issuer,
          subject: fabrikam.subject,
          audiences: ['api://AzureADTokenExchange'],
        },
      ],
    })
  })

  test('shows a person to themselves, and their organization', async () => {
    expect((await get('/v1.0/me', adas)).json).toMatchObject({
      id: fabrikam.ada,
      userPrincipalName: 'ada@fabrikam.example',
    })
    expect((await get('/v1.0/organization', adas)).json).toMatchObject({ value: [{ id: fabrikam.tenant }] })
  })
})

const permitted = (clientId: string, graphPermissions: readonly string[]) => ({ clientId, graphPermissions })

describe('checkMemberGroups', () => {
  let asked: Sandbox
  let bearer: string
  let blind: string
  beforeAll(async () => {
    const cloud = fabrikamCloud()
    const allowed = new Map(
      [
        permitted(fabrikam.builder, ['Application.Read.All', 'User.Read.All', 'GroupMember.Read.All']),
        permitted(fabrikam.identity, ['User.Read.All']),
      ].map(({ clientId, graphPermissions }) => [clientId, graphPermissions]),
    )
    const tenants = cloud.tenants.map((tenant) => ({
      ...tenant,
      apps: tenant.apps.map((app) => {
        const { blockedByConditionalAccess: _, ...open } = app
        const graphPermissions = allowed.get(app.clientId)
        return graphPermissions === undefined ? app : { ...open, graphPermissions, groups: [fabrikam.group] }
      }),
    }))
    asked = await startSandbox({ ...cloud, tenants })
    bearer = await podToken(asked, { scope: graphScope })
    blind = await podToken(asked, { scope: graphScope, client_id: fabrikam.identity })
  })
  afterAll(() => closeWithoutCrashes(asked))

  const other = '0b000000-0000-4000-8000-000000000001'
  const ofAda = `/v1.0/users/${fabrikam.ada}/checkMemberGroups`
  const ofBuilder = `/v1.0/servicePrincipals/${fabrikam.builderPrincipal}/checkMemberGroups`

  async function post(path: string, body: string, options: { token?: string; type?: string; method?: string } = {}) {
    const { token: own = bearer, type = 'application/json', method = 'POST' } = options
    const headers = { authorization: `Bearer ${own}`, 'content-type': type }
    const answer = await throughProxy(asked, { url: `https://graph.microsoft.com${path}`, method, headers, body })
    const json: Record<string, unknown> = JSON.parse(answer.body)
    return { status: answer.status, json }
  }

  test.each([ofAda, ofBuilder])('says which of the groups hold the member, and no other (%s)', async (path) => {
    const { status, json } = await post(path, JSON.stringify({ groupIds: [other, fabrikam.group] }))
    expect({ status, value: json['value'] }).toEqual({ status: 200, value: [fabrikam.group] })
  })

  const ids = (count: number) => JSON.stringify({ groupIds: Array.from({ length: count }, () => other) })
  test.each<[status: number, code: string, what: string, ask: () => ReturnType<typeof post>]>([
    [400, 'Request_BadRequest', 'more than 20 groups', () => post(ofAda, ids(21))],
    [400, 'Request_BadRequest', 'no group', () => post(ofAda, ids(0))],
    [400, 'Request_BadRequest', 'a name in place of an id', () => post(ofAda, '{"groupIds":["devs"]}')],
    [400, 'BadRequest', 'a body that is no JSON', () => post(ofAda, 'groups')],
    [400, 'Request_BadRequest', 'another content type', () => post(ofAda, ids(1), { type: 'text/plain' })],
    [404, 'Request_ResourceNotFound', 'nobody', () => post(`/v1.0/users/${other}/checkMemberGroups`, ids(1))],
    [
      404,
      'Request_ResourceNotFound',
      'a person as an app',
      () => post(ofBuilder.replace(fabrikam.builderPrincipal, fabrikam.ada), ids(1)),
    ],
    [
      403,
      'Authorization_RequestDenied',
      'half of the permissions for people',
      () => post(ofAda, ids(1), { token: blind }),
    ],
    [403, 'Authorization_RequestDenied', 'no permission for apps', () => post(ofBuilder, ids(1), { token: blind })],
    [405, 'Request_BadRequest', 'another method', () => post(ofAda, ids(1), { method: 'PUT' })],
  ])('refuses with %i %s: %s', async (status, code, _what, ask) => {
    const answer = await ask()
    expect(answer).toMatchObject({ status, json: { error: { code } } })
    expect(answer.json).not.toHaveProperty('value')
  })
})

describe('Microsoft Graph refuses', () => {
  test.each<[number, string, string, () => Promise<string>]>([
    [401, 'InvalidAuthenticationToken', 'no token', async () => ''],
    [401, 'InvalidAuthenticationToken', 'no JWT', async () => 'abc'],
    [401, 'InvalidAuthenticationToken', "ARM's token", () => podToken(sandbox)],
    [
      401,
      'InvalidAuthenticationToken',
      'another nonce',
      async () => {
        const [header = '', ...rest] = token.split('.')
        const shown: object = JSON.parse(Buffer.from(header, 'base64url').toString())
        return [Buffer.from(JSON.stringify({ ...shown, nonce: 'x' })).toString('base64url'), ...rest].join('.')
      },
    ],
    [
      403,
      'Authorization_RequestDenied',
      'a client without the permission',
      () => podToken(sandbox, { scope: graphScope, client_id: fabrikam.identity }),
    ],
    [403, 'Authorization_RequestDenied', 'a person without the permission', async () => adas],
  ])('with %i %s: %s', async (status, code, _what, make) => {
    const answer = await get('/v1.0/servicePrincipals', await make())
    expect(answer).toMatchObject({ status, json: { error: { code, innerError: { date: expect.any(String) } } } })
    expect(answer.json).not.toHaveProperty('value')
  })

  test('a token of another cloud', async () => {
    const form = podForm(sandbox, {
      audience: 'api://AzureADTokenExchangeUSGov',
      form: { scope: 'https://graph.microsoft.us/.default' },
    })
    const { json } = await postForm(sandbox, form, { host: 'login.microsoftonline.us', tenant: fabrikam.government })
    const foreign = String(json['access_token'])
    expect((await get('/v1.0/servicePrincipals', foreign)).status).toBe(401)
    const own = await throughProxy(sandbox, {
      url: 'https://graph.microsoft.us/v1.0/servicePrincipals',
      headers: { authorization: `Bearer ${foreign}` },
    })
    expect(own.status).toBe(200)
  })

  test.each([
    [400, 'BadRequest', '/v1.0/me', 'GET'],
    [400, 'BadRequest', '/beta/me', 'GET'],
    [400, 'BadRequest', '/v1.0/unicorns', 'GET'],
    [404, 'Request_ResourceNotFound', `/v1.0/servicePrincipals/${fabrikam.tenant}`, 'GET'],
    [404, 'Request_ResourceNotFound', `/v1.0/applications(appId='${fabrikam.identity}')`, 'GET'],
    [400, 'Request_UnsupportedQuery', "/v1.0/applications?$filter=startswith(displayName,'b')", 'GET'],
    [403, 'Authorization_RequestDenied', '/v1.0/users/ada@fabrikam.example', 'GET'],
    [405, 'Request_BadRequest', '/v1.0/applications', 'POST'],
  ])('with %i %s: %s', async (status, code, path, method) => {
    expect(await get(path, token, method)).toMatchObject({ status, json: { error: { code } } })
  })
})

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

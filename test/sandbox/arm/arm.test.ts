import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { podToken } from '../entra/ask-fabrikam.ts'
import { fabrikam, fabrikamCloud } from '../entra/fabrikam.ts'
import { signIn } from '../entra/sign-in.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { throughProxy } from '../through-proxy.ts'

let sandbox: Sandbox
let token: string
beforeAll(async () => {
  sandbox = await startSandbox(fabrikamCloud())
  token = await podToken(sandbox)
})
afterAll(() => closeWithoutCrashes(sandbox))

type Answer = {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly json: Record<string, unknown>
}

async function get(
  path: string,
  options: { token?: string | undefined; host?: string; method?: string } = {},
): Promise<Answer> {
  const bearer = 'token' in options ? options.token : token
  const answer = await throughProxy(sandbox, {
    url: `https://${options.host ?? 'management.azure.com'}${path}`,
    method: options.method ?? 'GET',
    headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
  })
  return { status: answer.status, headers: answer.headers, json: JSON.parse(answer.body) }
}

const v = 'api-version=2022-12-01'
const subscription = `/subscriptions/${fabrikam.subscription}`
const registry = `${subscription}/resourceGroups/ci/providers/Microsoft.ContainerRegistry/registries/fabrikam`

describe('Azure Resource Manager', () => {
  test('shows what `az login` and `az acr login` ask for, in their order', async () => {
    const { json: list } = await get(`/subscriptions?${v}`)
    expect(list).toMatchObject({
      value: [{ subscriptionId: fabrikam.subscription, tenantId: fabrikam.tenant, state: 'Enabled' }],
      count: { value: 1 },
    })
    const filter = encodeURIComponent("resourceType eq 'Microsoft.ContainerRegistry/registries' and name eq 'fabrikam'")
    const { json: found } = await get(`${subscription}/resources?$filter=${filter}&${v}`)
    expect(found).toMatchObject({ value: [{ id: registry, name: 'fabrikam' }] })
    const { json } = await get(`${registry}?api-version=2025-04-01`)
    expect(json).toMatchObject({
      id: registry,
      properties: {
        loginServer: 'fabrikam.azurecr.io',
        policies: { azureADAuthenticationAsArmPolicy: { status: 'enabled' } },
      },
    })
  })

  test('leads `az acr login --expose-token` to a registry that takes the same token', async () => {
    const { json } = await get(`${registry}?api-version=2025-04-01`)
    const properties = Object.getOwnPropertyDescriptor(json, 'properties')?.value
    const service = String(properties.loginServer)
    const answer = await throughProxy(sandbox, {
      url: `https://${service}/oauth2/exchange`,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'access_token',
        service,
        tenant: fabrikam.tenant,
        access_token: token,
      }).toString(),
    })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.body)).toEqual({ refresh_token: expect.any(String) })
  })

  test('shows tenants, one subscription and the groups that the caller may read, in any case of the path', async () => {
    expect((await get(`/tenants?${v}`)).json).toMatchObject({
      value: [{ tenantId: fabrikam.tenant, defaultDomain: 'fabrikam.example' }],
    })
    expect((await get(`${subscription.toUpperCase()}?${v}`)).json).toMatchObject({ displayName: 'Fabrikam CI' })
    const { json } = await get(`${subscription}/resourcegroups?${v}`)
    expect(json).toMatchObject({ value: [{ name: 'ci', location: 'westeurope' }] })
    expect((await get(`${subscription}/providers/Microsoft.ContainerRegistry/registries?${v}`)).json).toMatchObject({
      value: [{ name: 'fabrikam' }],
    })
  })

  test('lets a person in by the role of a group', async () => {
    const scope = 'https://management.core.windows.net//user_impersonation'
    const { access_token } = await signIn(sandbox, { scope })
    const { json } = await get(`${subscription}/resourcegroups?${v}`, { token: String(access_token) })
    expect(json).toMatchObject({ value: [{ name: 'ci' }, { name: 'secret' }] })
  })

  test('tells everybody, without a token, where the clouds are', async () => {
    const { json } = await get('/metadata/endpoints?api-version=2022-09-01', { token: undefined })
    expect(json).toMatchObject([
      {
        name: 'AzureCloud',
        authentication: { loginEndpoint: 'https://login.microsoftonline.com' },
        suffixes: { acrLoginServer: 'azurecr.io' },
      },
      { name: 'AzureUSGovernment', resourceManager: 'https://management.usgovcloudapi.net/' },
      { name: 'AzureChinaCloud', authentication: { loginEndpoint: 'https://login.partner.microsoftonline.cn' } },
    ])
  })

  test('writes nothing: every other method is refused', async () => {
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH']) {
      expect(await get(`${registry}?${v}`, { method })).toMatchObject({
        status: 405,
        json: { error: { code: 'MethodNotAllowed' } },
      })
    }
  })

  test('is journaled with what it checked, and without the token', async () => {
    await get(`${subscription}?${v}`)
    expect(sandbox.journal.entries.at(-1)).toMatchObject({
      standIn: 'arm',
      operation: 'get subscription',
      checks: [`token of ${fabrikam.builder}, tenant ${fabrikam.tenant}: ok`, 'api-version 2022-12-01: ok'],
    })
    const journal = JSON.stringify(sandbox.journal.entries)
    expect([...sandbox.minted.all].filter((secret) => journal.includes(secret))).toEqual([])
  })
})

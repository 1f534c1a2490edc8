import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { codeOf, podForm, podToken, postForm } from '../entra/ask-fabrikam.ts'
import { fabrikam, fabrikamCloud } from '../entra/fabrikam.ts'
import { signJwt } from '../jws.ts'
import { createSandboxClock } from '../sandbox-clock.ts'
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

describe('Azure Resource Manager refuses', () => {
  test.each<[number, string, RegExp, () => Promise<string | undefined>]>([
    [401, 'AuthenticationFailed', /'Authorization' header is missing/, async () => undefined],
    [401, 'InvalidAuthenticationToken', /access token is invalid/, async () => 'abc'],
    [401, 'InvalidAuthenticationToken', /access token is invalid/, async () => `${token}x`],
    [
      401,
      'InvalidAuthenticationToken',
      /access token is invalid/,
      async () => {
        const claims: object = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
        const { kid } = sandbox.world.keys.of(`entra:${fabrikam.tenant}`)
        return signJwt(sandbox.world.keys.of('a stranger').privateKey, { alg: 'RS256', kid }, claims)
      },
    ],
    [
      401,
      'InvalidAuthenticationTokenAudience',
      /wrong audience or resource 'https:\/\/containerregistry\.azure\.net'/,
      () => podToken(sandbox, { scope: 'https://containerregistry.azure.net/.default' }),
    ],
    [
      401,
      'InvalidAuthenticationTokenAudience',
      /wrong audience or resource 'https:\/\/graph/,
      () => podToken(sandbox, { scope: 'https://graph.microsoft.com/.default' }),
    ],
  ])('with %i %s (%s), and shows nothing', async (status, code, text, make) => {
    const answer = await get(`/subscriptions?${v}`, { token: await make() })
    expect(answer).toMatchObject({ status, json: { error: { code, message: expect.stringMatching(text) } } })
    expect(String(answer.headers['www-authenticate'])).toMatch(
      /^Bearer authorization_uri="https:\/\/login\.windows\.net\/"/,
    )
    expect(answer.json).not.toHaveProperty('value')
  })

  test('a token that has expired', async () => {
    const clock = createSandboxClock()
    await using own = await startSandbox(fabrikamCloud(), { clock })
    const old = await podToken(own)
    clock.advance(2 * 3_600_000)
    const answer = await throughProxy(own, {
      url: `https://management.azure.com/subscriptions?${v}`,
      headers: { authorization: `Bearer ${old}` },
    })
    expect(JSON.parse(answer.body).error).toMatchObject({ code: 'ExpiredAuthenticationToken' })
    expect(answer.status).toBe(401)
  })

  test('a token of another cloud', async () => {
    const form = podForm(sandbox, {
      audience: 'api://AzureADTokenExchangeUSGov',
      form: { scope: 'https://management.usgovcloudapi.net/.default' },
    })
    const government = await postForm(sandbox, form, { host: 'login.microsoftonline.us', tenant: fabrikam.government })
    expect(codeOf(government)).toBeUndefined()
    const own = { token: String(government.json['access_token']) }
    expect((await get(`/subscriptions?${v}`, own)).json).toMatchObject({
      error: { code: 'InvalidAuthenticationTokenAudience' },
    })
    expect((await get(`/subscriptions?${v}`, { ...own, host: 'management.usgovcloudapi.net' })).json).toMatchObject({
      value: [],
    })
  })

  test.each([
    [400, 'MissingApiVersionParameter', '/subscriptions'],
    [400, 'InvalidApiVersionParameter', '/subscriptions?api-version=latest'],
    [404, 'SubscriptionNotFound', `/subscriptions/${fabrikam.tenant}?${v}`],
    [401, 'InvalidAuthenticationTokenTenant', `/subscriptions/${fabrikam.partnerSubscription}?${v}`],
    [400, 'InvalidFilterInQueryString', `${subscription}/resources?$filter=name%20ne%20'x'&${v}`],
    [400, 'InvalidFilterInQueryString', `${subscription}/resources?$filter=tagName%20eq%20'x'&${v}`],
    [404, 'ResourceNotFound', `${registry}x?${v}`],
    [403, 'AuthorizationFailed', `${registry.replace('/ci/', '/secret/')}?${v}`],
    [403, 'AuthorizationFailed', `${registry.replace('/ci/', '/nowhere/')}?${v}`],
    [404, 'NotFound', `${subscription}/locations?${v}`],
  ])('with %i %s: %s', async (status, code, path) => {
    expect(await get(path)).toMatchObject({ status, json: { error: { code } } })
  })

  test('who has no role: nothing is listed, and reading is 403 in the words of the vendor', async () => {
    const other = await podToken(sandbox, { client_id: fabrikam.identity })
    expect((await get(`/subscriptions?${v}`, { token: other })).json).toMatchObject({ value: [] })
    const answer = await get(`${registry}?${v}`, { token: other })
    expect(answer).toMatchObject({ status: 403, json: { error: { code: 'AuthorizationFailed' } } })
    expect(JSON.stringify(answer.json)).toContain(
      `The client '${fabrikam.identity}' with object id '${fabrikam.identityPrincipal}' does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read' over scope '${registry}'`,
    )
  })
})

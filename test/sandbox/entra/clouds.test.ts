import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { decodeJwt, isSignedBy } from '../jws.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { rsaKeyOf } from '../signing-keys.ts'
import { throughProxy } from '../through-proxy.ts'
import { codeOf, podForm, postForm } from './ask-fabrikam.ts'
import { fabrikam, fabrikamCloud } from './fabrikam.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox(fabrikamCloud())
})
afterAll(() => closeWithoutCrashes(sandbox))

const get = async (url: string): Promise<Record<string, unknown>> =>
  JSON.parse((await throughProxy(sandbox, { url })).body)

const clouds = [
  {
    cloud: 'public',
    tenant: fabrikam.tenant,
    hosts: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com'],
    sts: 'sts.windows.net',
    audience: 'api://AzureADTokenExchange',
    arm: 'https://management.core.windows.net/',
    graph: 'graph.microsoft.com',
  },
  {
    cloud: 'us-government',
    tenant: fabrikam.government,
    hosts: ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
    sts: 'sts.windows.net',
    audience: 'api://AzureADTokenExchangeUSGov',
    arm: 'https://management.core.usgovcloudapi.net/',
    graph: 'graph.microsoft.us',
  },
  {
    cloud: 'china',
    tenant: fabrikam.china,
    hosts: ['login.partner.microsoftonline.cn', 'login.chinacloudapi.cn'],
    sts: 'sts.chinacloudapi.cn',
    audience: 'api://AzureADTokenExchangeChina',
    arm: 'https://management.core.chinacloudapi.cn/',
    graph: 'microsoftgraph.chinacloudapi.cn',
  },
] as const

describe.each(clouds)('the $cloud cloud', ({ tenant, hosts, sts, audience, arm, graph }) => {
  test.each([
    ['/v2.0', `https://${hosts[0]}/${tenant}/v2.0`],
    ['', `https://${sts}/${tenant}/`],
  ])('publishes discovery%s and the keys of its tokens at each of its hosts', async (version, issuer) => {
    for (const host of [...hosts, ...(version === '' ? [sts] : [])]) {
      const discovery = await get(`https://${host}/${tenant}${version}/.well-known/openid-configuration`)
      expect(discovery).toMatchObject({ issuer, msgraph_host: graph })
      const { keys } = await get(String(discovery['jwks_uri']))
      expect(keys).toEqual([expect.objectContaining({ kid: sandbox.world.keys.of(`entra:${tenant}`).kid })])
    }
  })

  test('gives a token for its own management API, signed by the key that it publishes', async () => {
    const form = podForm(sandbox, { audience, form: { scope: `${arm}/.default` } })
    const { json } = await postForm(sandbox, form, { host: hosts[0], tenant })
    const jwt = decodeJwt(String(json['access_token']))
    expect(jwt?.claims).toMatchObject({ iss: `https://${sts}/${tenant}/`, aud: arm, tid: tenant })
    const { keys } = await get(`https://${hosts[0]}/${tenant}/discovery/keys`)
    const key = Array.isArray(keys) ? rsaKeyOf(keys[0]) : undefined
    expect(jwt !== undefined && key !== undefined && isSignedBy(jwt, key)).toBe(true)
  })

  test.each(clouds.filter((other) => other.tenant !== tenant))(
    'refuses the audience of $cloud with AADSTS700212, and its tenant with AADSTS900382',
    async (other) => {
      const wrongAudience = podForm(sandbox, { audience: other.audience, form: { scope: `${arm}/.default` } })
      expect(codeOf(await postForm(sandbox, wrongAudience, { host: hosts[0], tenant }))).toBe(700212)
      const wrongTenant = await postForm(sandbox, podForm(sandbox), { host: hosts[0], tenant: other.tenant })
      expect(wrongTenant).toMatchObject({ status: 400, json: { error: 'invalid_request', error_codes: [900382] } })
    },
  )

  test('does not know a tenant that no cloud has', async () => {
    const nobody = '8b2d0000-0000-4000-8000-00000000ffff'
    expect(codeOf(await postForm(sandbox, podForm(sandbox), { host: hosts[0], tenant: nobody }))).toBe(90002)
  })
})

test('a tenant is found by each of its verified domains, and not by another one', async () => {
  for (const tenant of ['fabrikam.example', 'FABRIKAM.onmicrosoft.com']) {
    expect((await postForm(sandbox, podForm(sandbox), { tenant })).status).toBe(200)
  }
  expect(codeOf(await postForm(sandbox, podForm(sandbox), { tenant: 'sub.fabrikam.example' }))).toBe(90002)
})

test('a regional authority serves nobody: AADSTS100007', async () => {
  const answer = await postForm(sandbox, podForm(sandbox), { host: 'westeurope.login.microsoft.com' })
  expect(codeOf(answer)).toBe(100007)
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { createEntra } from './entra.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { throughProxy } from '../through-proxy.ts'
import { contoso, ids } from './contoso.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox(contoso, { standIns: (world) => [createEntra(world)] })
})
afterAll(() => closeWithoutCrashes(sandbox))

async function get(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await throughProxy(sandbox, { url })
  return { status: answer.status, body: JSON.parse(answer.body) }
}

describe('OpenID configuration', () => {
  test.each([
    ['https://login.microsoftonline.com', '/v2.0', `https://login.microsoftonline.com/${ids.tenant}/v2.0`, '/v2.0'],
    ['https://login.microsoftonline.com', '', `https://sts.windows.net/${ids.tenant}/`, ''],
    ['https://sts.windows.net', '', `https://sts.windows.net/${ids.tenant}/`, ''],
  ])('at %s%s has the issuer of its version and keys on an authority host', async (host, version, issuer, keys) => {
    const { status, body } = await get(`${host}/${ids.tenant}${version}/.well-known/openid-configuration`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      issuer,
      jwks_uri: `https://login.microsoftonline.com/${ids.tenant}/discovery${keys}/keys`,
      token_endpoint: `https://login.microsoftonline.com/${ids.tenant}/oauth2${version}/token`,
    })
  })

  test('of /common has a template for an issuer', async () => {
    const { body } = await get('https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration')
    expect(body['issuer']).toBe('https://login.microsoftonline.com/{tenantid}/v2.0')
  })

  test('of a tenant in another cloud is refused', async () => {
    const path = `${ids.governmentTenant}/v2.0/.well-known/openid-configuration`
    expect(await get(`https://login.microsoftonline.com/${path}`)).toMatchObject({
      status: 400,
      body: { error_codes: [90002] },
    })
    expect((await get(`https://login.microsoftonline.us/${path}`)).status).toBe(200)
  })
})

describe('keys', () => {
  test('have no alg, and in v2 the issuer', async () => {
    const base = `https://login.microsoftonline.com/${ids.tenant}/discovery`
    const v2 = await get(`${base}/v2.0/keys`)
    const issuer = `https://login.microsoftonline.com/${ids.tenant}/v2.0`
    expect(v2.body['keys']).toEqual([expect.objectContaining({ kty: 'RSA', use: 'sig', issuer })])
    const v1 = await get(`${base}/keys`)
    expect(v1.body['keys']).toEqual([expect.not.objectContaining({ issuer: expect.anything() })])
    expect(JSON.stringify([v1, v2])).not.toContain('"alg"')
  })

  test('show nothing private', async () => {
    const { body } = await get('https://login.microsoftonline.com/common/discovery/keys')
    expect(JSON.stringify(body)).not.toMatch(/"(d|p|q|dp|dq|qi)":/)
  })
})

describe('instance discovery', () => {
  const url = 'https://login.microsoftonline.com/common/discovery/instance?api-version=1.1&authorization_endpoint='

  test.each(['login.microsoftonline.com', 'login.microsoftonline.us', 'login.chinacloudapi.cn'])(
    'knows %s',
    async (host) => {
      const endpoint = encodeURIComponent(`https://${host}/${ids.tenant}/oauth2/v2.0/authorize`)
      const { body } = await get(url + endpoint)
      expect(body['tenant_discovery_endpoint']).toBe(
        `https://${host}/${ids.tenant}/v2.0/.well-known/openid-configuration`,
      )
      expect(JSON.stringify(body['metadata'])).toContain(host)
    },
  )

  test.each(['', 'https://login.evil.example/x/oauth2/v2.0/authorize'])(
    'refuses the endpoint "%s"',
    async (endpoint) => {
      expect(await get(url + encodeURIComponent(endpoint))).toMatchObject({
        status: 400,
        body: { error: 'invalid_instance', error_codes: [50049] },
      })
    },
  )
})

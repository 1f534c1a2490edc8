import { request as httpsRequest } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { decodeJwt, signJwt } from '../jws.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { codeOf, podForm, podToken, postForm } from './ask-fabrikam.ts'
import { fabrikam, fabrikamCloud } from './fabrikam.ts'
import { verifyEntraToken } from './verify.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox(fabrikamCloud())
})
afterAll(() => closeWithoutCrashes(sandbox))

const asIdentity = { client_id: fabrikam.identity }
const exchangeScope = 'api://AzureADTokenExchange/.default'
const DAY = 86_400

describe('a managed identity', () => {
  test('trusts a pod like an app does, gets a token for a day, and no Conditional Access stops it', async () => {
    const answer = await postForm(sandbox, podForm(sandbox, { form: asIdentity }))
    expect(answer.json).toMatchObject({ expires_in: DAY - 1 })
    const claims = verifyEntraToken(sandbox.world, String(answer.json['access_token']))
    expect(claims).toMatchObject({
      oid: fabrikam.identityPrincipal,
      xms_mirid: expect.stringContaining('/userAssignedIdentities/id-builder'),
    })
    expect(Number(claims?.exp) - sandbox.world.clock.now() / 1000).toBeGreaterThan(DAY - 60)
  })

  test('is not held up by a policy for applications; an application is', async () => {
    for (const [tenant, code] of [
      [fabrikam.locked, 700223],
      [fabrikam.picky, 700238],
    ] as const) {
      const answer = await postForm(sandbox, podForm(sandbox), { tenant })
      expect([answer.status, codeOf(answer)]).toEqual([401, code])
    }
    const policed = fabrikamCloud().tenants.map((one) => ({ ...one, federationPolicy: { disabled: true } }))
    await using own = await startSandbox(fabrikamCloud({ tenants: policed }))
    expect((await postForm(own, podForm(own, { form: asIdentity }))).status).toBe(200)
  })
})

describe('a token of Entra as the assertion', () => {
  const trade = (client_assertion: string, changes: Record<string, string> = {}) =>
    postForm(sandbox, podForm(sandbox, { form: { client_id: fabrikam.trusting, client_assertion, ...changes } }))

  test("of a managed identity is taken by an app of the tenant that trusts it, and by no other's", async () => {
    const token = await podToken(sandbox, { ...asIdentity, scope: exchangeScope })
    expect((await trade(token)).status).toBe(200)
    expect(codeOf(await trade(token, { client_id: fabrikam.builder }))).toBe(700222)
  })

  test('of an application is AADSTS700226', async () => {
    expect(codeOf(await trade(await podToken(sandbox, { scope: exchangeScope })))).toBe(700226)
  })

  test('of a person is AADSTS700229, of another tenant AADSTS700236, with another audience AADSTS700212', async () => {
    const { kid, privateKey } = sandbox.world.keys.of(`entra:${fabrikam.tenant}`)
    const issuer = (tenant: string): string => `https://login.microsoftonline.com/${tenant}/v2.0`
    const claims = { sub: fabrikam.ada, oid: fabrikam.ada, aud: 'fb60f99c-7a34-4190-8149-302f77469936', exp: 4e9 }
    const forge = (more: object): string =>
      signJwt(privateKey, { alg: 'RS256', kid }, { ...claims, iss: issuer(fabrikam.tenant), ...more })
    expect(codeOf(await trade(forge({ scp: 'user_impersonation' })))).toBe(700229)
    expect(codeOf(await trade(forge({ iss: issuer(fabrikam.partner) })))).toBe(700236)
    const other = forge({ oid: fabrikam.identityPrincipal, sub: fabrikam.identityPrincipal, aud: fabrikam.api })
    expect(codeOf(await trade(other))).toBe(700212)
  })

  test('that Entra never signed is refused for its signature', async () => {
    const token = await podToken(sandbox, { ...asIdentity, scope: exchangeScope })
    const [header, payload] = token.split('.')
    const other = decodeJwt(await podToken(sandbox))?.signature.toString('base64url')
    expect(codeOf(await trade(`${header}.${payload}.${other}`))).toBe(700027)
  })
})

describe("AKS' token proxy", () => {
  type Answer = { readonly status: number; readonly json: Record<string, unknown> }

  /** A pod asks the address, the server name and the CA that the webhook gave it, past every HTTP proxy. */
  function askProxy(
    form: Record<string, string | undefined>,
    changes: { servername?: string; path?: string; ca?: string } = {},
  ): Promise<Answer> {
    const { url = '', sniName = '', caPem = '' } = sandbox.aksTokenProxy ?? {}
    const given = Object.entries(form).filter((field): field is [string, string] => field[1] !== undefined)
    const body = new URLSearchParams(given)
    return new Promise((resolve, reject) => {
      const request = httpsRequest(`${url}${changes.path ?? `/${fabrikam.tenant}/oauth2/v2.0/token`}`, {
        method: 'POST',
        agent: false,
        ca: changes.ca ?? caPem,
        servername: changes.servername ?? sniName,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
      request.once('error', reject)
      request.once('response', (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, json: text === '' ? {} : JSON.parse(text) }),
        )
      })
      request.end(body.toString())
    })
  }

  const bound = (form: Record<string, string | undefined> = {}) =>
    podForm(sandbox, { audience: 'api://AKSIdentityBinding', form: { ...asIdentity, ...form } })

  test('gives a token of the bound identity for a token with its own audience', async () => {
    const { status, json } = await askProxy(bound())
    expect(status).toBe(200)
    expect(verifyEntraToken(sandbox.world, String(json['access_token']))).toMatchObject({
      oid: fabrikam.identityPrincipal,
    })
  })

  test('is the only one that takes that audience: the public authority answers AADSTS700212', async () => {
    expect(codeOf(await postForm(sandbox, bound()))).toBe(700212)
  })

  test.each([
    ['the audience of the public authority', 700212, () => podForm(sandbox, { form: asIdentity })],
    ['an app that is no managed identity', 70025, () => bound({ client_id: fabrikam.builder })],
    [
      'another service account',
      700213,
      () =>
        bound({
          client_assertion: sandbox.mintToken({
            namespace: 'ci',
            serviceAccount: 'default',
            audience: 'api://AKSIdentityBinding',
          }),
        }),
    ],
    [
      'a forged signature',
      700027,
      () =>
        bound({
          client_assertion: sandbox.mintToken({
            namespace: 'ci',
            serviceAccount: 'builder',
            audience: 'api://AKSIdentityBinding',
            key: 'forged',
          }),
        }),
    ],
    ['another grant', 70003, () => bound({ grant_type: 'refresh_token', refresh_token: 'x' })],
  ])('refuses %s with AADSTS%i, and gives no token', async (_what, code, form) => {
    const { json } = await askProxy(form())
    expect(json).toMatchObject({ error_codes: [code] })
    expect(json).not.toHaveProperty('access_token')
  })

  test('has a certificate for its own server name only, of its own CA only, and no other path', async () => {
    await expect(askProxy(bound(), { servername: 'login.microsoftonline.com' })).rejects.toThrow(
      /ECONNRESET|TLS|hang up/,
    )
    await expect(askProxy(bound(), { ca: sandbox.caPem })).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    })
    expect((await askProxy(bound(), { path: '/' })).status).toBe(404)
  })
})

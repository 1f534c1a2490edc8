import { createRemoteJWKSet, jwtVerify, customFetch } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { createEntra } from './entra.ts'
import { createIssuers } from '../issuer.ts'
import { decodeJwt } from '../jws.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { throughProxy } from '../through-proxy.ts'
import type { RawAnswer } from '../through-proxy.ts'
import { askToken, contoso, ids } from './contoso.ts'
import { verifyEntraToken } from './verify.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox(contoso, { standIns: (world) => [createIssuers(world), createEntra(world)] })
})
afterAll(() => closeWithoutCrashes(sandbox))

function tokenOf(answer: RawAnswer): string {
  if (answer.status !== 200) throw new Error(answer.body)
  return String(JSON.parse(answer.body).access_token)
}

async function claimsFor(scope: string): Promise<Readonly<Record<string, unknown>>> {
  return decodeJwt(tokenOf(await askToken(sandbox, { form: { scope } })))?.claims ?? {}
}

async function fetchThroughProxy(url: string): Promise<Response> {
  const answer = await throughProxy(sandbox, { url })
  return new Response(answer.body, { status: answer.status })
}

describe('the answer', () => {
  test('of v2 has numbers and no refresh token', async () => {
    const body = JSON.parse((await askToken(sandbox)).body)
    expect(Object.keys(body)).toEqual(['token_type', 'expires_in', 'ext_expires_in', 'access_token'])
    expect(body.expires_in).toBeGreaterThanOrEqual(3599)
    expect(body.expires_in).toBeLessThanOrEqual(5399)
  })

  test('of v1 has texts and the resource', async () => {
    const body = JSON.parse((await askToken(sandbox, { version: 1 })).body)
    expect(body).toMatchObject({ token_type: 'Bearer', resource: 'api://public', expires_in: expect.any(String) })
  })

  test('ignores unknown fields, the query and reserved scopes', async () => {
    const url = `https://login.microsoftonline.com/${ids.tenant}/oauth2/v2.0/token?client-request-id=x&y=z`
    const form = { scope: 'openid offline_access profile api://public/.default', 'x-client-SKU': 'msal.js.node' }
    expect((await askToken(sandbox, { form, request: { url } })).status).toBe(200)
  })

  test.each(['contoso.example', 'CONTOSO.example', ids.tenant.toUpperCase()])(
    'is given for the tenant %s',
    async (tenant) => {
      expect((await askToken(sandbox, { tenant })).status).toBe(200)
    },
  )

  test('is given to a managed identity although a policy blocks workloads', async () => {
    expect((await askToken(sandbox, { form: { client_id: ids.blockedIdentity } })).status).toBe(200)
  })

  test('in a sovereign cloud has the authority of that cloud, and the lifetime of its policy', async () => {
    const answer = await askToken(sandbox, {
      host: 'login.microsoftonline.us',
      tenant: ids.governmentTenant,
      form: { scope: 'https://management.usgovcloudapi.net/.default' },
    })
    expect(JSON.parse(answer.body).expires_in).toBe(599)
    expect(decodeJwt(tokenOf(answer))?.claims).toMatchObject({ aud: 'https://management.usgovcloudapi.net' })
  })

  test('is booked among the minted secrets', async () => {
    expect(sandbox.minted.all).toContain(tokenOf(await askToken(sandbox)))
  })
})

describe('the claims', () => {
  test('are of v1 for a resource that wants v1, with aud as requested', async () => {
    const claims = await claimsFor('api://public//.default')
    expect(claims).toMatchObject({
      aud: 'api://public/',
      iss: `https://sts.windows.net/${ids.tenant}/`,
      appid: ids.builder,
      appidacr: '2',
      idp: `https://sts.windows.net/${ids.tenant}/`,
      oid: ids.builderPrincipal,
      sub: ids.builderPrincipal,
      tid: ids.tenant,
      ver: '1.0',
    })
    expect(Object.keys(claims)).toEqual(expect.arrayContaining(['aio', 'rh', 'uti', 'iat', 'nbf', 'exp']))
    for (const absent of ['azp', 'azpacr', 'roles', 'scp', 'name', 'idtyp', 'xms_cc'])
      expect(claims).not.toHaveProperty(absent)
  })

  test('are of v2 for a resource that wants v2, whichever endpoint was used, with the roles assigned', async () => {
    const v2 = {
      aud: ids.guardedApi,
      iss: `https://login.microsoftonline.com/${ids.tenant}/v2.0`,
      azp: ids.builder,
      azpacr: '2',
      idtyp: 'app',
      roles: ['Aws.Push'],
      ver: '2.0',
    }
    expect(await claimsFor('api://guarded/.default')).toMatchObject(v2)
    const byV1 = await askToken(sandbox, { version: 1, form: { resource: 'api://guarded' } })
    expect(decodeJwt(tokenOf(byV1))?.claims).toMatchObject(v2)
    expect(decodeJwt(tokenOf(byV1))?.claims).not.toHaveProperty('appid')
  })

  test('name the app id when the resource was named by it', async () => {
    expect(await claimsFor(`${ids.publicApi}/.default`)).toMatchObject({ aud: ids.publicApi, ver: '1.0' })
  })

  test("of Microsoft's own resources have idtyp", async () => {
    const claims = await claimsFor('https://containerregistry.azure.net/.default')
    expect(claims).toMatchObject({ aud: 'https://containerregistry.azure.net', idtyp: 'app', ver: '1.0' })
  })

  test('have xms_cc when the client can handle claims challenges', async () => {
    const wanted = JSON.stringify({ access_token: { xms_cc: { values: ['cp1'] } } })
    const answer = await askToken(sandbox, { form: { claims: wanted } })
    expect(decodeJwt(tokenOf(answer))?.claims['xms_cc']).toEqual(['cp1'])
  })
})

describe('the signature', () => {
  test.each([
    ['api://public/.default', `https://login.microsoftonline.com/${ids.tenant}/discovery/keys`],
    ['api://guarded/.default', `https://login.microsoftonline.com/${ids.tenant}/discovery/v2.0/keys`],
    ['api://guarded/.default', 'https://login.microsoftonline.com/common/discovery/v2.0/keys'],
  ])('of a token for %s is verified by jose with the keys of %s', async (scope, keys) => {
    const token = tokenOf(await askToken(sandbox, { form: { scope } }))
    const jwks = createRemoteJWKSet(new URL(keys), { [customFetch]: fetchThroughProxy })
    await expect(
      jwtVerify(token, jwks, { algorithms: ['RS256'], requiredClaims: ['exp', 'nbf'] }),
    ).resolves.toBeDefined()
  })

  test('of a Microsoft Graph token cannot be verified by anyone else', async () => {
    const token = tokenOf(await askToken(sandbox, { form: { scope: 'https://graph.microsoft.com/.default' } }))
    const keys = new URL(`https://login.microsoftonline.com/${ids.tenant}/discovery/keys`)
    const jwks = createRemoteJWKSet(keys, { [customFetch]: fetchThroughProxy })
    await expect(jwtVerify(token, jwks)).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
    expect(verifyEntraToken(sandbox.world, token)).toBeUndefined()
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { createEntra } from './entra.ts'
import { createIssuers } from '../issuer.ts'
import { signJwt } from '../jws.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { askToken, contoso, formOf, ids, issuer } from './contoso.ts'
import type { TokenRequest } from './contoso.ts'
import { credentialRefusals } from './credential-refusals.ts'
import { requestRefusals } from './request-refusals.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox(contoso, { standIns: (world) => [createIssuers(world), createEntra(world)] })
})
afterAll(() => closeWithoutCrashes(sandbox))

type Row = readonly [code: number, status: number, error: string, why: string, request: () => TokenRequest]

const form = (fields: Record<string, string | undefined>) => (): TokenRequest => ({ form: fields })
const token = (claims: NonNullable<TokenRequest['token']>) => (): TokenRequest => ({ token: claims })
const assertion = (header: object, claims: object) => (): TokenRequest => {
  const key = sandbox.world.keys.of(`issuer:${issuer}`)
  return { form: { client_assertion: signJwt(key.privateKey, { kid: key.kid, ...header }, claims) } }
}

const unknownTenant = '7a1c2b3d-0000-4000-8000-00000000ffff'
const claims = { iss: issuer, sub: 'system:serviceaccount:ci:builder', aud: 'x', exp: 4_000_000_000 }

/** Status, error and reason of each row as protocols §1.7 gives them, not as the stand-in's own table does. */
const rows: readonly Row[] = [
  [90002, 400, 'invalid_request', 'a tenant id nobody has', () => ({ tenant: unknownTenant })],
  [90002, 400, 'invalid_request', 'a domain nobody has', () => ({ tenant: 'fabrikam.example' })],
  [900382, 400, 'invalid_request', 'a tenant of another cloud', () => ({ tenant: ids.governmentTenant })],
  [900023, 400, 'invalid_request', 'a tenant that is no name', () => ({ tenant: 'contoso' })],
  [900021, 400, 'invalid_request', 'the empty tenant id', () => ({ tenant: '00000000-0000-0000-0000-000000000000' })],
  [9001023, 400, 'invalid_request', 'the shared path /common', () => ({ tenant: 'common' })],
  [50059, 400, 'invalid_request', 'the shared path /organizations', () => ({ tenant: 'organizations' })],
  [900561, 400, 'invalid_request', 'a GET', () => ({ request: { method: 'GET', body: '' } })],
  [
    9000411,
    400,
    'invalid_request',
    'a parameter twice',
    () => ({ request: { body: `${formOf(sandbox)}&scope=api%3A%2F%2Fpublic%2F.default` } }),
  ],
  [900144, 400, 'invalid_request', 'no grant_type', form({ grant_type: undefined })],
  [900144, 400, 'invalid_request', 'an empty client_id', form({ client_id: '' })],
  [900144, 400, 'invalid_request', 'no scope', form({ scope: undefined })],
  [900144, 400, 'invalid_request', 'no resource at v1', () => ({ version: 1, form: { resource: undefined } })],
  [900144, 400, 'invalid_request', 'no client_assertion_type', form({ client_assertion_type: undefined })],
  [
    900144,
    400,
    'invalid_request',
    'a body that is not a form',
    () => ({ request: { headers: { 'content-type': 'application/json' } } }),
  ],
  [70003, 400, 'unsupported_grant_type', 'another grant', form({ grant_type: 'password' })],
  [901002, 400, 'invalid_request', 'resource at v2', form({ resource: 'api://public' })],
  [7000216, 401, 'invalid_client', 'no credential', form({ client_assertion: undefined })],
  [7000215, 401, 'invalid_client', 'a secret', form({ client_assertion: undefined, client_secret: 'hunter2hunter2' })],
  [70002, 400, 'invalid_client', 'another assertion type', form({ client_assertion_type: 'urn:example:saml' })],
  [700016, 400, 'unauthorized_client', 'a client nobody has', form({ client_id: unknownTenant })],
  [7000229, 401, 'invalid_client', 'a client without service principal', form({ client_id: ids.withoutPrincipal })],
  [7000112, 400, 'unauthorized_client', 'a disabled client', form({ client_id: ids.disabled })],
  [50027, 400, 'invalid_request', 'an assertion that is no JWT', form({ client_assertion: 'not.a.jwt' })],
  [50027, 400, 'invalid_request', 'an assertion cut short', form({ client_assertion: 'eyJhbGciOiJSUzI1NiJ9' })],
  [50027, 400, 'invalid_request', 'an unsigned assertion', assertion({ alg: 'none' }, claims)],
  [50027, 400, 'invalid_request', 'an assertion with another algorithm', assertion({ alg: 'HS256' }, claims)],
  [50027, 400, 'invalid_request', 'an assertion without kid', assertion({ alg: 'RS256', kid: undefined }, claims)],
  [50027, 400, 'invalid_request', 'an assertion without exp', token({ claims: { exp: undefined } })],
  [50027, 400, 'invalid_request', 'an assertion without audience', token({ claims: { aud: [] } })],
  [
    700222,
    401,
    'invalid_client',
    'an assertion of Entra',
    token({ claims: { iss: `https://login.microsoftonline.com/${ids.tenant}/v2.0` } }),
  ],
  [70025, 401, 'invalid_client', 'a client without credentials', form({ client_id: ids.withoutCredential })],
  [700211, 401, 'invalid_client', 'another issuer', token({ claims: { iss: 'https://other.example/' } })],
  [700211, 401, 'invalid_client', 'the issuer without its slash', token({ claims: { iss: issuer.slice(0, -1) } })],
  [700211, 401, 'invalid_client', 'the issuer in capitals', token({ claims: { iss: issuer.toUpperCase() } })],
  [700212, 401, 'invalid_client', 'another audience', token({ audience: 'api://AKSIdentityBinding' })],
  [700212, 401, 'invalid_client', 'the audience of a cloud', token({ audience: 'api://AzureADTokenExchangeUSGov' })],
  [700212, 401, 'invalid_client', 'the audience in lower case', token({ audience: 'api://azureadtokenexchange' })],
  [700213, 401, 'invalid_client', 'another service account', token({ serviceAccount: 'default' })],
  [700213, 401, 'invalid_client', 'another namespace', token({ namespace: 'prod' })],
  [7002138, 401, 'invalid_client', 'the subject in capitals', token({ serviceAccount: 'Builder' })],
  [
    90061,
    400,
    'invalid_request',
    'an issuer that cannot be reached',
    token({ claims: { iss: 'https://oidc.nowhere.example/' } }),
  ],
  [7000272, 401, 'invalid_client', 'a key that is not published', token({ key: 'other' })],
  [700027, 401, 'invalid_client', 'a wrong signature', token({ key: 'forged' })],
  [700024, 401, 'invalid_client', 'an expired assertion', token({ expiresInSeconds: -1 })],
  [700024, 401, 'invalid_client', 'an assertion from the future', token({ notBefore: 4_000_000_000 })],
  [1002012, 400, 'invalid_scope', 'a scope without /.default', form({ scope: 'api://public/read' })],
  [1002012, 400, 'invalid_scope', 'reserved scopes only', form({ scope: 'openid profile' })],
  [70011, 400, 'invalid_scope', 'two resources', form({ scope: 'api://public/.default api://guarded/.default' })],
  [500011, 400, 'invalid_resource', 'a resource nobody has', form({ scope: 'api://absent/.default' })],
  [500011, 400, 'invalid_resource', 'a resource in other case', form({ scope: 'api://Public/.default' })],
  [
    500011,
    400,
    'invalid_resource',
    'a resource without service principal',
    form({ scope: `${ids.withoutPrincipal}/.default` }),
  ],
  [
    500011,
    400,
    'invalid_resource',
    'a resource of another cloud',
    form({ scope: 'https://management.usgovcloudapi.net/.default' }),
  ],
  [500014, 400, 'invalid_resource', 'a disabled resource', form({ scope: 'api://disabled/.default' })],
  [501051, 400, 'invalid_grant', 'a client that is not assigned', form({ scope: 'api://closed/.default' })],
  [53003, 400, 'invalid_grant', 'a client that a policy blocks', form({ client_id: ids.blocked })],
]

describe('the token endpoint', () => {
  test.each(rows)('answers AADSTS%i (%i %s) to %s, and gives no token', async (code, status, error, _why, request) => {
    const answer = await askToken(sandbox, request())
    const body = JSON.parse(answer.body)
    expect({ status: answer.status, error: body.error, codes: body.error_codes }).toEqual({
      status,
      error,
      codes: [code],
    })
    expect(body.error_description).toMatch(new RegExp(`^AADSTS${code}: .* Trace ID: `))
    expect(body).not.toHaveProperty('access_token')
  })

  test('has no refusal that no request can provoke', () => {
    const provoked = new Set([...rows.map(([code]) => code), ...testedElsewhere])
    const all = Object.keys({ ...requestRefusals, ...credentialRefusals })
    expect(all.map(Number)).toEqual([...provoked].toSorted((a, b) => a - b))
  })
})

/**
 * 70021 comes from a fault (propagation), 50049 from instance discovery, 100007 from a host (clouds), 50196 from a switch
 * (outages), 700025 and 7000218 from people's clients, the others from tenants with a policy and from assertions of Entra
 * (managed-identity).
 */
const testedElsewhere = [70021, 50049, 100007, 50196, 700025, 7000218, 700223, 700226, 700229, 700236, 700238]

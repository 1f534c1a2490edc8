import { generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto'
import { Secret } from '../../../steps/lib/core/secret.ts'
import { createEntraVerifier, type EntraVerifier } from '../../../steps/lib/federation/entra-verifier.ts'
import type { HttpClient } from '../../../steps/lib/http/client.ts'
import type { EntraTokenRules } from '../../../steps/lib/token/entra-token-rules.ts'
import type { EntraVerdict } from '../../../steps/lib/token/verify-entra-token.ts'
import { signJwt } from '../../sandbox/jws.ts'

/** The names of the corpus. */
export const names = {
  tenantId: '6f1c9f4e-2b7a-4c5d-9e8f-0a1b2c3d4e5f',
  otherTenantId: '11111111-2222-4333-8444-555566667777',
  clientId: '1f2e3d4c-5b6a-4978-8796-a5b4c3d2e1f0',
  otherClientId: '99999999-5b6a-4978-8796-a5b4c3d2e1f0',
  objectId: '7a6b5c4d-3e2f-4a1b-8c9d-0e1f2a3b4c5d',
  personId: '3a3b3c3d-3e2f-4a1b-8c9d-0e1f2a3b4c5d',
  apiId: 'c0ffee00-1111-4222-8333-444455556666',
  apiUri: 'api://broker',
} as const

export const v1Issuer = `https://sts.windows.net/${names.tenantId}/`
export const v2Issuer = `https://login.microsoftonline.com/${names.tenantId}/v2.0`

/** What the corpus asks of a token. */
export const rules: Omit<EntraTokenRules, 'tenantId'> = {
  audiences: { v1: [names.apiUri], v2: [names.apiId] },
  kind: 'app',
  clients: [names.clientId],
  roles: { all: ['Deploy'] },
}

type Claims = Record<string, unknown>
export type Pair = { readonly kid: string; readonly privateKey: KeyObject; readonly publicKey: KeyObject }

/** The corpus' time: 2026-11-27, 12:00 UTC. */
export const startMs = Date.UTC(2026, 10, 27, 12)

export const tenantKey = makeKey('tenant-key')
export const attackerKey = makeKey('attacker-key')

/** Makes a key; costs half a second. */
export function makeKey(kid: string): Pair {
  return { kid, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
}

/** A JWK as Entra publishes it. */
export function jwk({ kid, publicKey }: Pair, more: object = {}): object {
  const { n, e } = publicKey.export({ format: 'jwk' })
  return { kty: 'RSA', use: 'sig', kid, x5t: kid, n, e, ...more }
}

const seconds = startMs / 1000
const times = { iat: seconds - 300, nbf: seconds - 300, exp: seconds + 3600 }
const both = {
  idp: v1Issuer,
  oid: names.objectId,
  sub: names.objectId,
  tid: names.tenantId,
  uti: 'uti-1',
  roles: ['Deploy'],
}

/** Claims of good app-only tokens. */
export const v2Claims: Claims = {
  aud: names.apiId,
  iss: v2Issuer,
  ...times,
  azp: names.clientId,
  azpacr: '2',
  ...both,
  ver: '2.0',
}
export const v1Claims: Claims = {
  aud: names.apiUri,
  iss: v1Issuer,
  ...times,
  appid: names.clientId,
  appidacr: '2',
  ...both,
  ver: '1.0',
}
/** Claims of a good token of a person. */
export const personClaims: Claims = {
  ...v2Claims,
  oid: names.personId,
  sub: 'pairwise',
  scp: 'Runs.Approve',
  name: 'Ada',
}

/** Signs claims; `undefined` takes a header or a claim away. */
export function sign(claims: Claims, header: Claims = {}, key: Pair = tenantKey): string {
  return signJwt(key.privateKey, { typ: 'JWT', alg: 'RS256', x5t: key.kid, kid: key.kid, ...header }, claims)
}

/** Signs texts as they are, for what JSON.stringify would not write. */
export function signRaw(header: string | undefined, claims: string, key: Pair = tenantKey): string {
  const [head] = sign({}, {}, key).split('.')
  const shown = header === undefined ? (head ?? '') : Buffer.from(header).toString('base64url')
  const signed = `${shown}.${Buffer.from(claims).toString('base64url')}`
  return `${signed}.${signBytes('sha256', Buffer.from(signed), key.privateKey).toString('base64url')}`
}

/** A tenant with its verifier, as often as a test needs one anew. */
export type Tenant = {
  readonly verifier: EntraVerifier
  readonly asked: string[]
  /** What the key addresses answer. */
  answer: { status: number; body: string } | Error
  now: number
  verify(token: string, changes?: Partial<typeof rules>): Promise<EntraVerdict>
}

/** Opens a tenant whose JWKS has these keys. */
export function openTenant(keys: readonly object[] = [jwk(tenantKey)]): Tenant {
  const asked: string[] = []
  const send: HttpClient['send'] = async ({ method, url, authorization, body }) => {
    // Neither the token nor anything else goes to where keys are looked for.
    const sent = authorization === undefined && body === undefined ? '' : ' with something'
    asked.push(`${method} ${url.href}${sent}`)
    if (tenant.answer instanceof Error) throw tenant.answer
    return { status: tenant.answer.status, headers: {}, body: Buffer.from(tenant.answer.body) }
  }
  const http: HttpClient = { send, download: send, close: () => {} }
  const clock = { now: () => tenant.now }
  const verifier = createEntraVerifier({ cloud: 'AzureCloud', tenantId: names.tenantId, http, clock })
  const tenant: Tenant = {
    verifier,
    asked,
    answer: published(keys),
    now: startMs,
    verify: async (token, changes = {}) => await verifier.verify(new Secret(token), { ...rules, ...changes }),
  }
  return tenant
}

/** A JWKS as an answer. */
export function published(keys: readonly object[]): { status: number; body: string } {
  return { status: 200, body: JSON.stringify({ keys }) }
}

/** Codes of a verdict; none of a good token. */
export function codesOf(verdict: EntraVerdict): string[] {
  return 'faults' in verdict ? verdict.faults.map(({ code }) => code) : []
}

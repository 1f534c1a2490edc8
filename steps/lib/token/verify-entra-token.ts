import { textClaim, verifyRs256 } from '../core/jwt.ts'
import type { Secret } from '../core/secret.ts'
import type { EntraKeys } from './entra-keys.ts'
import { tokenFault, type EntraTokenFault } from './entra-token-fault.ts'
import { claimFaults, clientClaims, kindOf, type EntraTokenRules, type TokenVersion } from './entra-token-rules.ts'
import { readSignedToken } from './signed-token.ts'

/** One form of a tenant's tokens: its issuer, byte for byte, and the keys that sign for it. */
export type EntraIssuer = { readonly version: TokenVersion; readonly issuer: string; readonly keys: EntraKeys }

/** What a token is compared with. */
export type EntraVerification = {
  readonly rules: EntraTokenRules
  /** Of one tenant in one cloud. */
  readonly issuers: readonly EntraIssuer[]
  /** Epoch milliseconds. */
  readonly now: number
}

/** A token that Entra signed for us, valid now and within the rules. */
export type VerifiedEntraToken = {
  readonly version: TokenVersion
  readonly issuer: string
  readonly audience: string
  readonly tenantId: string
  /** The application that asked for the token: `azp` or `appid`; `''` of an ID token, whose audience it is. */
  readonly clientId: string
  readonly objectId: string
  readonly subject: string
  readonly kind: 'app' | 'person'
  readonly roles: readonly string[]
  /** Delegated permissions, of people's tokens. */
  readonly scopes: readonly string[]
  /** `uti`: the key of Entra's sign-in log. */
  readonly id: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** All claims, for rules that look further (`groups`, `acrs`). */
  readonly claims: Readonly<Record<string, unknown>>
}

/** Faults of form, key and signature come alone; those of the claims all at once. */
export type EntraVerdict =
  | { readonly token: VerifiedEntraToken }
  | { readonly faults: readonly [EntraTokenFault, ...EntraTokenFault[]] }

/**
 * Verifies an Entra access token for an API of our own: form, issuer, signature by the tenant's keys (RS256 only), then every claim. Nothing that
 * the token says decides where its key is looked for. Tokens for Microsoft's own APIs are not ours to verify, and are refused.
 */
export async function verifyEntraToken(
  token: Secret,
  { rules, issuers, now }: EntraVerification,
): Promise<EntraVerdict> {
  const signed = readSignedToken(token.reveal())
  if ('code' in signed) return { faults: [signed] }
  const { claims, kid } = signed
  const from = issuers.find(({ issuer }) => issuer === claims['iss'])
  if (from === undefined) {
    const expected = issuers.map(({ issuer }) => issuer).join(' or ')
    return { faults: [tokenFault('issuer', claims['iss'], expected)] }
  }
  const key = await from.keys.keyFor(kid)
  if ('code' in key) return { faults: [key] }
  if (!(await verifyRs256(token.reveal(), key)))
    return { faults: [tokenFault('signature', `one that the key ${kid} did not make`, "the tenant's signature")] }
  const [first, ...more] = claimFaults(claims, { version: from.version, rules, now })
  return first === undefined ? { token: describe(claims, from) } : { faults: [first, ...more] }
}

/** The claims have been checked: what is read here is there. */
function describe(claims: Readonly<Record<string, unknown>>, { version, issuer }: EntraIssuer): VerifiedEntraToken {
  const text = (name: string) => textClaim(claims, name)
  const roles = Array.isArray(claims['roles']) ? claims['roles'].map(String) : []
  return {
    version,
    issuer,
    audience: text('aud'),
    tenantId: text('tid'),
    clientId: text(clientClaims[version]),
    objectId: text('oid'),
    subject: text('sub'),
    kind: kindOf(claims) ?? 'person',
    roles,
    scopes: text('scp')
      .split(' ')
      .filter((scope) => scope !== ''),
    id: text('uti'),
    expiresAt: Number(claims['exp']) * 1000,
    claims,
  }
}

import { guid } from '../core/guid.ts'
import { textClaim } from '../core/jwt.ts'
import { rfc3339 } from '../core/instant.ts'
import { tokenFault, type EntraTokenFault } from './entra-token-fault.ts'

/** Entra's tokens have two versions, which the API's own registration decides. */
export type TokenVersion = 1 | 2

/** What a token must be to be accepted. Everything is compared exactly. */
export type EntraTokenRules = {
  readonly tenantId: string
  /** `aud` by version: in v2 always the API's client id, in v1 the resource as it was asked for. A version with none is not accepted. */
  readonly audiences: { readonly v1: readonly string[]; readonly v2: readonly string[] }
  /** Whether it must be the token of an application itself, or that of a person. */
  readonly kind: 'app' | 'person' | 'any'
  /**
   * `id`: an ID token of a person, which is made for the client itself: its audience is the client, and no claim names one that asked for it
   * (entra-docs, id-token-claims-reference). An access token is none, nor the other way round. Default `access`.
   */
  readonly form?: 'access' | 'id'
  /** Client ids that may have asked for it; any when absent. */
  readonly clients?: readonly string[]
  /** App roles of the API: all of them, or one of them. */
  readonly roles?: { readonly all: readonly string[] } | { readonly any: readonly string[] }
}

type Claims = Readonly<Record<string, unknown>>

/** How far clocks may differ, in milliseconds. */
export const allowedSkewMs = 60_000

/** No token of Entra lives longer: 28 hours with continuous access evaluation, 24 for managed identities (entra-docs access-tokens). */
const longestLifeMs = 30 * 60 * 60 * 1000

/** Claims whose names differ by version (entra-docs access-token-claims-reference). */
export const clientClaims = { 1: 'appid', 2: 'azp' } as const

/** Everything that is wrong with the claims of a token whose signature and issuer are good. */
export function claimFaults(
  claims: Claims,
  { version, rules, now }: { version: TokenVersion; rules: EntraTokenRules; now: number },
): readonly EntraTokenFault[] {
  return [
    ...versionFaults(claims, version),
    ...audienceFaults(claims, version === 1 ? rules.audiences.v1 : rules.audiences.v2),
    ...tenantFaults(claims, rules),
    ...timeFaults(claims, now),
    ...(rules.form === 'id' ? [] : clientFaults(claims, version, rules)),
    ...subjectFaults(claims),
    ...kindFaults(claims, rules),
    ...roleFaults(claims, rules),
  ]
}

function versionFaults({ ver }: Claims, version: TokenVersion): EntraTokenFault[] {
  const expected = `${version}.0`
  return ver === expected ? [] : [tokenFault('version', ver, `${expected}, as the issuer is of that version`)]
}

/** Always one text in Entra's tokens: of a list, each API could take another entry. */
function audienceFaults({ aud }: Claims, accepted: readonly string[]): EntraTokenFault[] {
  if (typeof aud === 'string' && accepted.includes(aud)) return []
  const expected = accepted.length === 0 ? 'a token of the other version' : accepted.join(' or ')
  return [tokenFault('audience', aud, expected)]
}

function tenantFaults({ tid }: Claims, { tenantId }: EntraTokenRules): EntraTokenFault[] {
  const isSame = typeof tid === 'string' && tid.toLowerCase() === tenantId.toLowerCase()
  return isSame ? [] : [tokenFault('tenant', tid, tenantId)]
}

function timeFaults(claims: Claims, now: number): EntraTokenFault[] {
  const [exp, nbf, iat] = ['exp', 'nbf', 'iat'].map((name) => instant(claims[name]))
  if (exp === undefined || nbf === undefined || iat === undefined)
    return ['exp', 'nbf', 'iat']
      .filter((name) => instant(claims[name]) === undefined)
      .map((name) => tokenFault('times', `${name}: ${JSON.stringify(claims[name]) ?? 'nothing'}`, 'seconds since 1970'))
  const faults: EntraTokenFault[] = []
  const at = `now, ${rfc3339(now)}`
  if (exp + allowedSkewMs <= now) faults.push(tokenFault('expired', rfc3339(exp), `an end after ${at}`))
  for (const [name, start] of [['nbf', nbf] as const, ['iat', iat] as const]) {
    if (start - allowedSkewMs > now)
      faults.push(tokenFault('not-yet-valid', `${name} ${rfc3339(start)}`, `a beginning before ${at}`))
  }
  if (exp <= nbf || exp <= iat || exp - iat > longestLifeMs)
    faults.push(tokenFault('times', `from ${rfc3339(iat)} to ${rfc3339(exp)}`, 'a life of at most 30 hours'))
  return faults
}

function instant(value: unknown): number | undefined {
  const ms = typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value * 1000 : undefined
  // Beyond it there are no dates.
  return ms !== undefined && ms <= 8.64e15 ? ms : undefined
}

/** The client by the version's own claim; that of the other version, should it be there, may name nobody else. */
function clientFaults(claims: Claims, version: TokenVersion, { clients }: EntraTokenRules): EntraTokenFault[] {
  const [own, other] = version === 1 ? (['appid', 'azp'] as const) : (['azp', 'appid'] as const)
  const client = claims[own]
  if (typeof client !== 'string' || !guid.test(client)) return [tokenFault('client', client, `a client id in ${own}`)]
  if (claims[other] !== undefined && claims[other] !== client)
    return [tokenFault('client', `${own} ${client}, ${other} ${JSON.stringify(claims[other])}`, 'one client')]
  const isAllowed = clients === undefined || clients.some((one) => one.toLowerCase() === client.toLowerCase())
  return isAllowed ? [] : [tokenFault('client', client, clients.join(' or ') || 'no client at all')]
}

function subjectFaults(claims: Claims): EntraTokenFault[] {
  const { oid, sub } = claims
  if (typeof oid !== 'string' || !guid.test(oid)) return [tokenFault('subject', oid, 'an object id in oid')]
  return typeof sub === 'string' && sub !== '' ? [] : [tokenFault('subject', sub, 'a sub')]
}

/**
 * Whether a token is an application's own or a person's: by `idtyp` where the API asked for that claim, else `oid` = `sub` without `scp` is an
 * application, `scp` a person (access-token-claims-reference). Undefined: neither, as an ID token is.
 */
export function kindOf(claims: Claims): 'app' | 'person' | undefined {
  const { idtyp, scp, oid, sub } = claims
  const hasScopes = typeof scp === 'string' && scp.trim() !== ''
  if (idtyp === 'app') return scp === undefined ? 'app' : undefined
  if (idtyp !== undefined && idtyp !== 'user') return undefined
  if (hasScopes) return 'person'
  return idtyp === undefined && scp === undefined && oid === sub ? 'app' : undefined
}

/** Entra's ID tokens have neither scopes nor `idtyp: app`, and a `sub` of their own for each person and client. */
function isIdToken({ scp, idtyp, oid, sub, azp, appid }: Claims): boolean {
  return scp === undefined && azp === undefined && appid === undefined && idtyp !== 'app' && oid !== sub
}

function kindFaults(claims: Claims, rules: EntraTokenRules): EntraTokenFault[] {
  if (rules.form === 'id') {
    const got = textClaim(claims, 'scp') === '' ? 'another token' : 'an access token'
    return isIdToken(claims) ? [] : [tokenFault('kind', got, "a person's ID token")]
  }
  const kind = kindOf(claims)
  if (kind !== undefined && (rules.kind === 'any' || rules.kind === kind)) return []
  const names = {
    app: "an application's own token",
    person: "a person's access token",
    any: 'an access token',
  } as const
  const got = kind === undefined ? `neither: idtyp ${textClaim(claims, 'idtyp') || 'absent'}` : names[kind]
  return [tokenFault('kind', got, names[rules.kind])]
}

function roleFaults({ roles: found = [] }: Claims, { roles }: EntraTokenRules): EntraTokenFault[] {
  if (!Array.isArray(found) || !found.every((role) => typeof role === 'string'))
    return [tokenFault('roles', found, 'a list of texts')]
  if (roles === undefined) return []
  const got = found.length === 0 ? 'no role' : found.join(', ')
  if ('any' in roles) {
    const has = roles.any.some((role) => found.includes(role))
    return has ? [] : [tokenFault('roles', got, roles.any.length === 0 ? 'nobody' : `one of ${roles.any.join(', ')}`)]
  }
  const missing = roles.all.filter((role) => !found.includes(role))
  return missing.length === 0 ? [] : [tokenFault('roles', got, `${missing.join(', ')} as well`)]
}

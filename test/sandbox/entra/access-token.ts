import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { Tenant } from '../config.ts'
import { signJwt } from '../jws.ts'
import { issuerOf } from './clouds.ts'
import { found } from './exchange.ts'
import type { Exchange } from './exchange.ts'

/** A new access token and how long it lives. */
export type IssuedToken = {
  readonly token: string
  readonly expiresIn: number
  readonly exp: number
  readonly nbf: number
}

/** Microsoft's default lifetime: a random 60 to 90 minutes (protocols §1.2). */
const DEFAULT_LIFETIME = { min: 60 * 60, max: 90 * 60 }
/** Tokens of managed identities live a day, whatever the tenant's policies say (protocols §1.2). */
const MANAGED_IDENTITY_LIFETIME = 24 * 60 * 60
/** [K] assumption: `iat` and `nbf` lie five minutes back, so that resources with slow clocks accept the token at once. */
export const BACKDATED_SECONDS = 300
/** How the client proved itself, in `appidacr` and `azpacr`: by certificate or assertion. */
const BY_ASSERTION = '2'

/** Makes the app-only access token for a request that passed all checks, and books it as a secret. */
export function issueAccessToken(exchange: Exchange): IssuedToken {
  const { world } = exchange
  const tenant = found(exchange.tenant)
  const isManaged = found(exchange.app).kind === 'managed-identity'
  const lifetime = isManaged ? MANAGED_IDENTITY_LIFETIME : lifetimeIn(tenant)
  const now = Math.floor(world.clock.now() / 1000)
  const times = { iat: now - BACKDATED_SECONDS, nbf: now - BACKDATED_SECONDS, exp: now + lifetime }
  const token = signAccessToken(exchange, { ...claimsOf(exchange), ...times })
  world.minted.add(token)
  // One second less than the rest of its life, as the real answers say (3599).
  return { token, expiresIn: lifetime - 1, exp: times.exp, nbf: times.nbf }
}

/** Seconds that a token of the tenant lives. */
export function lifetimeIn(tenant: Tenant): number {
  return tenant.accessTokenLifetime ?? randomInt(DEFAULT_LIFETIME.min, DEFAULT_LIFETIME.max + 1)
}

/** Claims by the version that the resource wants, whichever endpoint was used (protocols §2). */
function claimsOf(exchange: Exchange): Record<string, unknown> {
  const tenant = found(exchange.tenant)
  const { clientId, servicePrincipalId, resourceId } = found(exchange.app)
  const resource = found(exchange.resource)
  const version = resource.tokenVersion
  const roles = resource.rolesOf(clientId)
  return {
    aud: version === 1 ? resource.requestedAs : resource.appId,
    iss: issuerOf(exchange.cloud, tenant.id, version),
    aio: randomBytes(24).toString('base64'),
    ...(version === 1 ? { appid: clientId, appidacr: BY_ASSERTION } : { azp: clientId, azpacr: BY_ASSERTION }),
    idp: issuerOf(exchange.cloud, tenant.id, 1),
    ...(resource.hasIdtyp ? { idtyp: 'app' } : {}),
    oid: servicePrincipalId,
    rh: `1.${randomBytes(36).toString('base64url')}.`,
    ...(roles.length > 0 ? { roles } : {}),
    sub: servicePrincipalId,
    tid: tenant.id,
    uti: randomBytes(16).toString('base64url'),
    ver: version === 1 ? '1.0' : '2.0',
    ...(resourceId === undefined ? {} : { xms_mirid: resourceId }),
    ...(wantsClaimsChallenges(exchange) ? { xms_cc: ['cp1'] } : {}),
  }
}

/** Whether the client said, in `claims`, that it can handle claims challenges. Anything unreadable there is ignored. */
function wantsClaimsChallenges({ form }: Exchange): boolean {
  const accessToken = property(parseJson(form.get('claims') ?? ''), 'access_token')
  const values = property(property(accessToken, 'xms_cc'), 'values')
  return Array.isArray(values) && values.includes('cp1')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined
}

/** Signs with the tenant's key, for Microsoft Graph in its own way. */
export function signAccessToken(exchange: Exchange, claims: object): string {
  const { kid, privateKey } = exchange.world.keys.of(`entra:${found(exchange.tenant).id}`)
  const header = { typ: 'JWT', alg: 'RS256', x5t: kid, kid }
  if (!found(exchange.resource).hasNonce) return signJwt(privateKey, header, claims)
  // Microsoft Graph's tokens are signed over the hash of the nonce that they show: whoever else verifies them fails.
  const nonce = randomUUID()
  const signed = signJwt(
    privateKey,
    { ...header, nonce: createHash('sha256').update(nonce).digest('base64url') },
    claims,
  )
  const shown = Buffer.from(JSON.stringify({ ...header, nonce })).toString('base64url')
  return [shown, ...signed.split('.').slice(1)].join('.')
}

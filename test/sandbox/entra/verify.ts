import { decodeJwt, isSignedBy } from '../jws.ts'
import type { World } from '../world.ts'
import { cloudOf, issuerOf } from './clouds.ts'

/** Claims of a verified Entra access token. */
export type EntraClaims = Readonly<Record<string, unknown>> & {
  readonly iss: string
  readonly aud: string
  readonly oid: string
  readonly tid: string
  readonly exp: number
}

/**
 * Claims of an access token that a tenant of this world signed and that is valid now; undefined otherwise. The caller
 * still has to compare `aud` and `tid` with its own: Microsoft's resources verify so, without fetching any key.
 */
export function verifyEntraToken(world: World, token: string): EntraClaims | undefined {
  const jwt = decodeJwt(token)
  if (jwt === undefined || !isEntraClaims(jwt.claims)) return undefined
  const { claims } = jwt
  const tenant = world.config.tenants.find((candidate) => candidate.id === claims.tid)
  const key = world.keys.published(`entra:${tenant?.id}`).find(({ kid }) => kid === jwt.header['kid'])
  if (tenant === undefined || key === undefined || !isSignedBy(jwt, key.publicKey)) return undefined
  const issuers = ([1, 2] as const).map((version) => issuerOf(cloudOf(tenant), tenant.id, version))
  const now = world.clock.now() / 1000
  const isCurrent = claims.exp > now && (typeof claims['nbf'] !== 'number' || claims['nbf'] <= now)
  return issuers.includes(claims.iss) && isCurrent ? claims : undefined
}

/** Whether the claims have what every access token of Entra has. */
export function isEntraClaims(claims: Readonly<Record<string, unknown>>): claims is EntraClaims {
  const texts = [claims['iss'], claims['aud'], claims['oid'], claims['tid']]
  return texts.every((text) => typeof text === 'string') && typeof claims['exp'] === 'number'
}

import { decodeJwt, isSignedBy } from '../jws.ts'
import type { World } from '../world.ts'

/** The audience of tokens for the API server itself, which a projected token without an audience has. */
export const API_AUDIENCE = 'https://kubernetes.default.svc'

/** The service account of a projected token for the API server; undefined where it is for somebody else, has ended, or nobody's. */
export function accountOf(world: World, token: string): string | undefined {
  const decoded = decodeJwt(token)
  if (decoded === undefined) return undefined
  const { iss, aud, sub, exp } = decoded.claims
  const keys = world.config.issuers.some(({ url }) => url === iss) ? world.keys.published(`issuer:${String(iss)}`) : []
  const isSigned = keys.some(({ publicKey }) => isSignedBy(decoded, publicKey))
  const isForUs = Array.isArray(aud) && aud.includes(API_AUDIENCE)
  const isAlive = typeof exp === 'number' && exp * 1000 > world.clock.now()
  return isSigned && isForUs && isAlive && typeof sub === 'string' ? sub : undefined
}

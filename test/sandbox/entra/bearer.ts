import type { IncomingMessage } from 'node:http'
import { createHash } from 'node:crypto'
import { decodeJwt, isSignedBy } from '../jws.ts'
import type { DecodedJwt } from '../jws.ts'
import type { World } from '../world.ts'
import { cloudOf, issuerOf } from './clouds.ts'
import { isEntraClaims } from './verify.ts'
import type { EntraClaims } from './verify.ts'

/** What a Microsoft API finds out about the token that it was sent. */
export type Bearer =
  | { readonly kind: 'missing' }
  /** Not a JWT, or one that no tenant of this cloud signed. */
  | { readonly kind: 'invalid' }
  | { readonly kind: 'expired'; readonly claims: EntraClaims }
  | { readonly kind: 'valid'; readonly claims: EntraClaims }

/** Reads and verifies the bearer token of a request: signature, issuer and time. Audience and tenant are the caller's. */
export function readBearer(world: World, request: IncomingMessage): Bearer {
  const header = request.headers.authorization
  if (header === undefined) return { kind: 'missing' }
  const [, token = ''] = /^Bearer (\S+)$/i.exec(header) ?? []
  const jwt = withHashedNonce(decodeJwt(token))
  const claims = jwt?.claims
  if (jwt === undefined || claims === undefined || !isEntraClaims(claims)) return { kind: 'invalid' }
  const tenant = world.config.tenants.find(({ id }) => id === claims.tid)
  const key = world.keys.published(`entra:${tenant?.id}`).find(({ kid }) => kid === jwt.header['kid'])
  if (tenant === undefined || key === undefined || !isSignedBy(jwt, key.publicKey)) return { kind: 'invalid' }
  const issuers = ([1, 2] as const).map((version) => issuerOf(cloudOf(tenant), tenant.id, version))
  if (!issuers.includes(claims.iss)) return { kind: 'invalid' }
  const now = world.clock.now() / 1000
  if (typeof claims['nbf'] === 'number' && claims['nbf'] > now) return { kind: 'invalid' }
  return { kind: claims.exp > now ? 'valid' : 'expired', claims }
}

/** Tokens for Microsoft Graph are signed over the hash of the nonce that they show; only their own API knows. */
function withHashedNonce(jwt: DecodedJwt | undefined): DecodedJwt | undefined {
  const nonce = jwt?.header['nonce']
  if (jwt === undefined || typeof nonce !== 'string') return jwt
  const header = { ...jwt.header, nonce: createHash('sha256').update(nonce).digest('base64url') }
  const [, payload = ''] = jwt.signedPart.split('.')
  return { ...jwt, header, signedPart: `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}` }
}

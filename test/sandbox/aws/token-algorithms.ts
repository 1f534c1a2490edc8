import { verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { JwtParts } from './jwt-parts.ts'

/** One signature algorithm: key family, digest, and the curve of the EC ones. */
export type TokenAlgorithm = { readonly kty: 'RSA' | 'EC'; readonly digest: string; readonly curve?: string }

/** The algorithms of web identity tokens (protocols.md §5.1); `none` and HMAC are not among them. */
export const TOKEN_ALGORITHMS: ReadonlyMap<unknown, TokenAlgorithm> = new Map<unknown, TokenAlgorithm>([
  ['RS256', { kty: 'RSA', digest: 'sha256' }],
  ['RS384', { kty: 'RSA', digest: 'sha384' }],
  ['RS512', { kty: 'RSA', digest: 'sha512' }],
  ['ES256', { kty: 'EC', digest: 'sha256', curve: 'prime256v1' }],
  ['ES384', { kty: 'EC', digest: 'sha384', curve: 'secp384r1' }],
  ['ES512', { kty: 'EC', digest: 'sha512', curve: 'secp521r1' }],
])

/** Whether the key proves the token's signature under the algorithm of its header. The JWK's own `alg` has no say (recorded). */
export const signatureHolds = (parts: JwtParts, algorithm: TokenAlgorithm, key: KeyObject): boolean => {
  if (algorithm.curve !== undefined && key.asymmetricKeyDetails?.namedCurve !== algorithm.curve) return false
  try {
    return verify(algorithm.digest, parts.signingInput, { key, dsaEncoding: 'ieee-p1363' }, parts.signature)
  } catch {
    // OpenSSL refuses some moduli outright: not proven is not proven.
    return false
  }
}

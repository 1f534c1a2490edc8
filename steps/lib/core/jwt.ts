import { compactVerify, decodeJwt, decodeProtectedHeader, errors, importJWK } from 'jose'

/** A token read without verifying it: whoever it is sent to verifies it. Only for choosing, checking and recording. */
export type DecodedToken = {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** Header and claims of a compact JWT; undefined when it is none. */
export function decodeToken(token: string): DecodedToken | undefined {
  try {
    return { header: { ...decodeProtectedHeader(token) }, claims: decodeJwt(token) }
  } catch {
    return undefined
  }
}

/** A claim that should be a string; `''` when it is missing or something else. */
export function textClaim(claims: Readonly<Record<string, unknown>>, name: string): string {
  const value = claims[name]
  return typeof value === 'string' ? value : ''
}

/** The `aud` claim as a list, whichever of its two forms it has (RFC 7519 §4.1.3). */
export function audiencesOf(claims: Readonly<Record<string, unknown>>): string[] {
  const aud = claims['aud']
  if (typeof aud === 'string') return [aud]
  return Array.isArray(aud) ? aud.filter((entry) => typeof entry === 'string') : []
}

/** A NumericDate claim (RFC 7519 §2) in epoch milliseconds; undefined when it is missing, no number or beyond all numbers. */
export function timeClaim(claims: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = claims[name]
  const epochMs = typeof value === 'number' ? value * 1000 : Number.NaN
  return Number.isFinite(epochMs) ? epochMs : undefined
}

/** What looking at a signature has shown. `bad` is certain, `unknown` is neither. */
export type SignatureVerdict =
  | { readonly verdict: 'good' }
  | { readonly verdict: 'bad' | 'unknown'; readonly reason: string }

/** What AWS takes (IAM user guide, OIDC provider prerequisites); `none` and shared keys are no signatures of an issuer. */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']

const reasons = {
  noJwt: 'it is no JWT with a kid',
  noKey: (kid: string) => `the issuer publishes no key ${kid}`,
  twoKeys: (kid: string) => `the issuer publishes several keys ${kid}`,
  keyOps: (kid: string) => `the key ${kid} has key_ops, and AWS takes no such key`,
  notMadeBy: (kid: string) => `the key ${kid} did not make it`,
} as const

/**
 * Whether a key of a JWKS (RFC 7517 §5) made the token's signature. Looks at nothing else: neither times nor audience, nor what the
 * key says that it is for. The key is chosen by `kid` alone, as AWS chooses it.
 */
export async function verifySignature(
  token: string,
  keys: readonly Readonly<Record<string, unknown>>[],
): Promise<SignatureVerdict> {
  const kid = textClaim(decodeToken(token)?.header ?? {}, 'kid')
  if (kid === '') return { verdict: 'unknown', reason: reasons.noJwt }
  const [key, ...others] = keys.filter((candidate) => candidate['kid'] === kid)
  if (key === undefined) return { verdict: 'bad', reason: reasons.noKey(kid) }
  if (others.length > 0) return { verdict: 'unknown', reason: reasons.twoKeys(kid) }
  // Recorded 2026-09-11: whatever the operations are, STS then says the same as of a bad signature.
  if (Object.hasOwn(key, 'key_ops')) return { verdict: 'unknown', reason: reasons.keyOps(kid) }
  try {
    await compactVerify(token, async ({ alg }) => await importJWK(publicPartsOf(key), alg), { algorithms })
    return { verdict: 'good' }
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed)
      return { verdict: 'bad', reason: reasons.notMadeBy(kid) }
    return { verdict: 'unknown', reason: error instanceof Error ? error.message : String(error) }
  }
}

/** Whether an RSA key made the token's RS256 signature. Looks at nothing else; whoever calls has chosen the key. */
export async function verifyRs256(token: string, key: Readonly<Record<'kty' | 'n' | 'e', string>>): Promise<boolean> {
  try {
    await compactVerify(token, await importJWK({ ...key }, 'RS256'), { algorithms: ['RS256'] })
    return true
  } catch {
    // Whatever it is that cannot be verified was not made by this key.
    return false
  }
}

/** What of a JWK is the key itself. Its `alg` and `use` are left out: AWS was recorded to go by the token's own `alg`. */
function publicPartsOf(key: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    ['kty', 'n', 'e', 'crv', 'x', 'y']
      .map((name) => [name, textClaim(key, name)] as const)
      .filter(([, value]) => value !== ''),
  )
}

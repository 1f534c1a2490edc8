import { decodeJwt, decodeProtectedHeader } from 'jose'

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

/** A NumericDate claim (RFC 7519 §2) in epoch milliseconds; undefined when it is missing or no number. */
export function timeClaim(claims: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = claims[name]
  return typeof value === 'number' && Number.isFinite(value) ? value * 1000 : undefined
}

import { printable } from '../core/errors.ts'

/** What can be wrong with an Entra token, in the order in which it is looked at; of the last group several can come at once. */
export type EntraTokenFaultCode =
  | 'too-large'
  | 'malformed'
  | 'duplicate'
  | 'algorithm'
  | 'type'
  | 'header'
  | 'microsoft-api'
  | 'issuer'
  | 'key-id'
  | 'keys-unavailable'
  | 'key-unknown'
  | 'key-unusable'
  | 'signature'
  // Of the claims, once the signature is good.
  | 'version'
  | 'tenant'
  | 'audience'
  | 'expired'
  | 'not-yet-valid'
  | 'times'
  | 'client'
  | 'subject'
  | 'kind'
  | 'roles'

/** One thing wrong with a token: what came and what was expected. Never the token, nor a part of it that could be used. */
export type EntraTokenFault = {
  readonly code: EntraTokenFaultCode
  readonly got: string
  readonly expected: string
}

const longest = 200

/** Makes a fault; what came is cut, and safe on a terminal. */
export function tokenFault(code: EntraTokenFaultCode, got: unknown, expected: string): EntraTokenFault {
  const text = printable(typeof got === 'string' ? got : (JSON.stringify(got) ?? 'nothing'))
  return { code, got: text.length > longest ? `${text.slice(0, longest)}…` : text || '""', expected }
}

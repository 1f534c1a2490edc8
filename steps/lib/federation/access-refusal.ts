import { StepError, type Fault } from '../core/errors.ts'
import type { ErrorCode } from '../core/error-table.ts'
import type { EntraTokenFault, EntraTokenFaultCode } from '../token/entra-token-fault.ts'

/** What can be wrong with a token → the error that the step ends with. */
const codes = {
  'too-large': 'ACCESS_TOKEN_MALFORMED',
  malformed: 'ACCESS_TOKEN_MALFORMED',
  duplicate: 'ACCESS_TOKEN_MALFORMED',
  algorithm: 'ACCESS_TOKEN_ALGORITHM',
  type: 'ACCESS_TOKEN_ALGORITHM',
  header: 'ACCESS_TOKEN_ALGORITHM',
  'microsoft-api': 'ACCESS_TOKEN_MICROSOFT',
  issuer: 'ACCESS_TOKEN_ISSUER',
  tenant: 'ACCESS_TOKEN_ISSUER',
  'key-id': 'ACCESS_SIGNATURE_REFUSED',
  'key-unknown': 'ACCESS_SIGNATURE_REFUSED',
  'key-unusable': 'ACCESS_SIGNATURE_REFUSED',
  signature: 'ACCESS_SIGNATURE_REFUSED',
  'keys-unavailable': 'ACCESS_KEYS_UNAVAILABLE',
  version: 'ACCESS_CLAIMS_REFUSED',
  times: 'ACCESS_CLAIMS_REFUSED',
  subject: 'ACCESS_CLAIMS_REFUSED',
  audience: 'ACCESS_AUDIENCE_REFUSED',
  expired: 'ACCESS_TOKEN_EXPIRED',
  'not-yet-valid': 'ACCESS_TOKEN_EXPIRED',
  client: 'ACCESS_CLIENT_DENIED',
  kind: 'ACCESS_KIND_DENIED',
  roles: 'ACCESS_ROLES_MISSING',
} as const satisfies Readonly<Record<EntraTokenFaultCode, ErrorCode>>

type Faults = readonly [EntraTokenFault, ...EntraTokenFault[]]

/** The error of a token that does not pass: the first fault names it, all of them are shown. Never the token. */
export function refusal(faults: Faults, resource: string): StepError {
  const [{ code, got, expected }] = faults
  return refuse(codes[code], { got, expected, resource }, faults.map(asFault))
}

/** The error of a token that lacks authentication contexts. */
export function acrsRefusal(found: readonly string[], missing: readonly string[]): StepError {
  const values = { got: found.join(', ') || 'none', expected: `${missing.join(', ')} as well` }
  return refuse('ACCESS_ACRS_MISSING', values, [{ param: 'acrs', ...values }])
}

/** The code is looked up, so the compiler cannot know which values it needs: each of these rows needs a part of them. */
function refuse(code: ErrorCode, values: Readonly<Record<string, string>>, faults: readonly Fault[]): StepError {
  return new StepError(code, values, { faults })
}

function asFault({ code, got, expected }: EntraTokenFault): Fault {
  return { param: code, got, expected }
}

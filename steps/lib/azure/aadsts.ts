import type { ErrorCode } from '../core/error-table.ts'

/** Entra's error body (OAuth 2.0 with Microsoft's additions), each field `''` or 0 where it is missing. */
export type EntraErrorBody = {
  readonly error: string
  readonly description: string
  /** The AADSTS number, 0 when the text has none. */
  readonly number: number
  readonly traceId: string
  readonly correlationId: string
}

/**
 * AADSTS numbers of the federated exchange. Source: entra-docs reference-error-codes and reported answers.
 * Microsoft adds digits when it splits a code (700213 → 7002138), so an unknown number is looked up by its longest known prefix.
 */
const codes: Readonly<Record<string, ErrorCode>> = {
  70021: 'ENTRA_NO_MATCHING_CREDENTIAL',
  700211: 'ENTRA_ISSUER_MISMATCH',
  700212: 'ENTRA_AUDIENCE_MISMATCH',
  70022204: 'ENTRA_AUDIENCE_MISMATCH',
  700213: 'ENTRA_SUBJECT_MISMATCH',
  7002138: 'ENTRA_SUBJECT_CASE',
  // Only for subjects of Entra's own encoding, and never a matter of propagation: the text says which one to write.
  7002137: 'ENTRA_REFUSED',
  70025: 'ENTRA_NO_FEDERATED_CREDENTIAL',
  700024: 'ENTRA_ASSERTION_EXPIRED',
  50027: 'ENTRA_ASSERTION_MALFORMED',
  7000272: 'ENTRA_SIGNING_KEY_UNKNOWN',
  700027: 'ENTRA_SIGNATURE_INVALID',
  90061: 'ENTRA_ISSUER_UNREACHABLE',
  50166: 'ENTRA_ISSUER_UNREACHABLE',
  501661: 'ENTRA_ISSUER_UNREACHABLE',
  700222: 'ENTRA_TOKEN_KIND_REFUSED',
  700226: 'ENTRA_TOKEN_KIND_REFUSED',
  700227: 'ENTRA_TOKEN_KIND_REFUSED',
  700229: 'ENTRA_TOKEN_KIND_REFUSED',
  70052: 'ENTRA_TOKEN_KIND_REFUSED',
  700223: 'ENTRA_FEDERATION_FORBIDDEN',
  700236: 'ENTRA_FEDERATION_FORBIDDEN',
  700238: 'ENTRA_FEDERATION_FORBIDDEN',
  700016: 'ENTRA_CLIENT_UNKNOWN',
  7000229: 'ENTRA_SERVICE_PRINCIPAL_MISSING',
  7000112: 'ENTRA_CLIENT_DISABLED',
  70001: 'ENTRA_CLIENT_DISABLED',
  65001: 'ENTRA_CONSENT_MISSING',
  650057: 'ENTRA_CONSENT_MISSING',
  500011: 'ENTRA_RESOURCE_UNKNOWN',
  501051: 'ENTRA_ROLE_NOT_ASSIGNED',
  53003: 'ENTRA_BLOCKED_BY_POLICY',
  90002: 'ENTRA_TENANT_UNKNOWN',
  900023: 'ENTRA_TENANT_UNKNOWN',
  900021: 'ENTRA_TENANT_UNKNOWN',
  900382: 'ENTRA_WRONG_CLOUD',
  900432: 'ENTRA_WRONG_CLOUD',
  900439: 'ENTRA_WRONG_CLOUD',
  90038: 'ENTRA_WRONG_CLOUD',
  90055: 'ENTRA_THROTTLED',
  50196: 'ENTRA_THROTTLED',
  90033: 'ENTRA_UNAVAILABLE',
  90006: 'ENTRA_UNAVAILABLE',
  90024: 'ENTRA_UNAVAILABLE',
  90012: 'ENTRA_UNAVAILABLE',
  90090: 'ENTRA_UNAVAILABLE',
  50033: 'ENTRA_UNAVAILABLE',
  50000: 'ENTRA_UNAVAILABLE',
}

/** The shortest number that may stand as a prefix of a longer one: with five, strangers would match. */
const shortestPrefix = 6

/** Our code for what Entra answered, or undefined when the answer decides nothing (then the HTTP status does). */
export function codeOfAadsts(number: number): ErrorCode | undefined {
  const digits = String(number)
  const prefixes = [digits]
  for (let length = digits.length - 1; length >= shortestPrefix; length--) prefixes.push(digits.slice(0, length))
  const known = prefixes.find((prefix) => Object.hasOwn(codes, prefix))
  return known === undefined ? undefined : codes[known]
}

/** Reads Entra's error body; undefined when it is not one (an empty answer, a proxy's HTML page). */
export function parseEntraError(body: string): EntraErrorBody | undefined {
  const parsed = parseObject(body)
  if (parsed === undefined) return undefined
  const text = (name: string) => (typeof parsed[name] === 'string' ? parsed[name] : '')
  const description = text('error_description')
  if (text('error') === '' && description === '') return undefined
  return {
    error: text('error'),
    description: firstSentence(description),
    number: Number(/^AADSTS(\d{4,10})\b/.exec(description)?.[1] ?? 0),
    traceId: text('trace_id') || (/Trace ID: ([\w-]+)/.exec(description)?.[1] ?? ''),
    correlationId: text('correlation_id') || (/Correlation ID: ([\w-]+)/.exec(description)?.[1] ?? ''),
  }
}

/** Entra appends its ids to the text, behind a space today and behind CR LF until 2023. */
function firstSentence(description: string): string {
  // No pattern: one for "spaces, then Trace ID" goes back over each run of spaces, and an answer may have megabytes of them.
  const ids = description.indexOf('Trace ID:')
  const end = ids > 0 && description.charAt(ids - 1).trim() === '' ? ids : description.length
  return description.slice(0, end).trim()
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

import type { ErrorCode } from '../../steps/lib/core/error-table.ts'

/** An answer of Entra that the sandbox has no state for: AADSTS number, HTTP status, `error`, and our code for it. */
export type CannedAnswer = readonly [aadsts: number, status: number, error: string, code: ErrorCode]

/** Source: protocols §1.7 (entra-docs reference-error-codes and reported answers). The last three are nobody's yet. */
export const cannedAnswers: readonly CannedAnswer[] = [
  [70021, 400, 'invalid_request', 'ENTRA_NO_MATCHING_CREDENTIAL'],
  [7002121, 401, 'invalid_client', 'ENTRA_AUDIENCE_MISMATCH'],
  [70022204, 401, 'invalid_client', 'ENTRA_AUDIENCE_MISMATCH'],
  [7002137, 401, 'invalid_client', 'ENTRA_REFUSED'],
  [700226, 401, 'invalid_client', 'ENTRA_TOKEN_KIND_REFUSED'],
  [700227, 401, 'invalid_client', 'ENTRA_TOKEN_KIND_REFUSED'],
  [700229, 401, 'invalid_client', 'ENTRA_TOKEN_KIND_REFUSED'],
  [70052, 401, 'invalid_client', 'ENTRA_TOKEN_KIND_REFUSED'],
  [700223, 401, 'invalid_client', 'ENTRA_FEDERATION_FORBIDDEN'],
  [700236, 401, 'invalid_client', 'ENTRA_FEDERATION_FORBIDDEN'],
  [700238, 401, 'invalid_client', 'ENTRA_FEDERATION_FORBIDDEN'],
  [7002381, 401, 'invalid_client', 'ENTRA_FEDERATION_FORBIDDEN'],
  [70001, 400, 'unauthorized_client', 'ENTRA_CLIENT_DISABLED'],
  [900023, 400, 'invalid_request', 'ENTRA_TENANT_UNKNOWN'],
  [900021, 400, 'invalid_request', 'ENTRA_TENANT_UNKNOWN'],
  [900382, 400, 'invalid_request', 'ENTRA_WRONG_CLOUD'],
  [900432, 400, 'invalid_request', 'ENTRA_WRONG_CLOUD'],
  [90038, 400, 'invalid_request', 'ENTRA_WRONG_CLOUD'],
  [900439, 400, 'invalid_request', 'ENTRA_WRONG_CLOUD'],
  [50166, 400, 'invalid_request', 'ENTRA_ISSUER_UNREACHABLE'],
  [501661, 400, 'invalid_request', 'ENTRA_ISSUER_UNREACHABLE'],
  [90055, 429, 'invalid_request', 'ENTRA_THROTTLED'],
  [50196, 400, 'invalid_grant', 'ENTRA_THROTTLED'],
  [90033, 503, 'temporarily_unavailable', 'ENTRA_UNAVAILABLE'],
  [90006, 500, 'server_error', 'ENTRA_UNAVAILABLE'],
  [90024, 400, 'temporarily_unavailable', 'ENTRA_UNAVAILABLE'],
  [90012, 400, 'invalid_request', 'ENTRA_UNAVAILABLE'],
  [90090, 400, 'server_error', 'ENTRA_UNAVAILABLE'],
  [50033, 400, 'server_error', 'ENTRA_UNAVAILABLE'],
  [50000, 400, 'server_error', 'ENTRA_UNAVAILABLE'],
  [7000215, 401, 'invalid_client', 'ENTRA_REFUSED'],
  [700025, 401, 'invalid_client', 'ENTRA_REFUSED'],
  [100007, 400, 'invalid_request', 'ENTRA_REFUSED'],
  // A split that is yet to come is told by its prefix, a stranger by `error`.
  [7002139, 401, 'invalid_client', 'ENTRA_SUBJECT_MISMATCH'],
  [999999, 400, 'server_error', 'ENTRA_UNAVAILABLE'],
  [999998, 400, 'invalid_request', 'ENTRA_REFUSED'],
]

const trail = {
  traceId: '8eea681d-0000-4000-8000-00000000beef',
  correlationId: 'd0f0de73-0000-4000-8000-00000000cafe',
} as const

/** The ids that every canned answer carries. */
export const cannedIds = `trace ${trail.traceId}, correlation ${trail.correlationId}`

/** Entra's JSON of today (protocols §1.3). */
export function cannedBody(aadsts: number, error: string): string {
  const description = `AADSTS${aadsts}: Words of Entra. Trace ID: ${trail.traceId} Correlation ID: ${trail.correlationId} Timestamp: 2026-11-23 14:54:34Z`
  return JSON.stringify({
    error,
    error_description: description,
    error_codes: [aadsts],
    trace_id: trail.traceId,
    correlation_id: trail.correlationId,
  })
}

/** The form of 2022: CR LF before each id, and no fields for them. */
export function oldCannedBody(aadsts: number, error: string): string {
  const ids = [
    '',
    `Trace ID: ${trail.traceId}`,
    `Correlation ID: ${trail.correlationId}`,
    'Timestamp: 2022-03-01 14:54:34Z',
  ]
  return JSON.stringify({ error, error_description: `AADSTS${aadsts}: Words of Entra.${ids.join('\r\n')}` })
}

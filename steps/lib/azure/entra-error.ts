import type { ErrorCode } from '../core/error-table.ts'
import { StepError, type Upstream } from '../core/errors.ts'
import { rfc3339 } from '../core/instant.ts'
import type { HttpResponse } from '../http/client.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import type { Assertion } from './assertion.ts'
import { codeOfAadsts, parseEntraError, type EntraErrorBody } from './aadsts.ts'

/** What was asked of Entra: everything that a remedy may have to name. */
export type EntraRequest = {
  readonly authority: string
  readonly tenantId: string
  readonly clientId: string
  readonly resource: string
}

/** Entra's refusal as one of our codes, with the values that were sent and Entra's own ids. */
export function entraError(
  asked: EntraRequest,
  sent: Assertion | undefined,
  answer: HttpResponse,
  now: number,
): StepError {
  const body = parseEntraError(answer.body.toString('utf8'))
  const code = codeOf(answer.status, body)
  return new StepError(code, valuesOf(asked, sent, answer.status), {
    upstream: upstreamOf(answer, body),
    retryAfterMs: retryAfterMs(answer.headers['retry-after'], now),
  })
}

function codeOf(status: number, body: EntraErrorBody | undefined): ErrorCode {
  const known = body === undefined ? undefined : codeOfAadsts(body.number)
  if (known !== undefined) return known
  if (status === 429) return 'ENTRA_THROTTLED'
  if (status === 408 || status >= 500 || body === undefined) return 'ENTRA_UNAVAILABLE'
  if (body.error === 'temporarily_unavailable' || body.error === 'server_error') return 'ENTRA_UNAVAILABLE'
  return 'ENTRA_REFUSED'
}

function valuesOf(asked: EntraRequest, sent: Assertion | undefined, status: number): Record<string, string> {
  return {
    client: asked.clientId,
    tenant: asked.tenantId,
    resource: asked.resource,
    authority: asked.authority,
    status: String(status),
    issuer: sent?.issuer ?? '',
    // OpenID Connect Discovery §4.1: the issuer's last slash is dropped before the path is appended.
    'discovery document': `${(sent?.issuer ?? '').replace(/\/$/, '')}/.well-known/openid-configuration`,
    subject: sent?.subject ?? '',
    audience: sent?.audiences.join(' ') ?? '',
    kid: sent?.kid ?? '',
    name: credentialName(sent?.subject ?? ''),
    from: sent?.notBefore === undefined ? 'its issue' : rfc3339(sent.notBefore),
    to: rfc3339(sent?.expiresAt),
  }
}

/** A name for the credential to be made: 3-120 of `[A-Za-z0-9_-]`, from namespace and service account. */
function credentialName(subject: string): string {
  const name = subject.replace(/^system:serviceaccount:/, '').replace(/[^A-Za-z0-9]+/g, '-')
  return `tekton-${name}`.slice(0, 120).replace(/-+$/, '')
}

function upstreamOf(answer: HttpResponse, body: EntraErrorBody | undefined): Upstream {
  const ids: Record<string, string> = {}
  const trace = body?.traceId || answer.headers['x-ms-request-id']
  if (trace) ids['trace'] = trace
  if (body?.correlationId) ids['correlation'] = body.correlationId
  const code = body === undefined ? undefined : body.number > 0 ? `AADSTS${body.number}` : body.error
  return {
    service: 'Entra',
    status: answer.status,
    message: body === undefined ? notEntra(answer) : body.description.replace(/^AADSTS\d+: /, ''),
    ids,
    ...(code === undefined ? {} : { code }),
  }
}

function notEntra(answer: HttpResponse): string {
  if (answer.body.length === 0) return 'an empty answer'
  return `no answer of Entra's: ${answer.headers['content-type'] ?? 'no content type'}, ${answer.body.length} bytes`
}

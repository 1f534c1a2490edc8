import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { World } from '../world.ts'
import type { IssuedToken } from './access-token.ts'
import { describeRefusal } from './refusals.ts'
import type { Refusal } from './refusals.ts'

/** The ids of one request, as the support of the vendor asks for them. */
export type RequestIds = { readonly traceId: string; readonly correlationId: string; readonly echoed: boolean }

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Ids of a request: the client may give the correlation id, in a header, the query or the form. */
export function requestIds(request: IncomingMessage, form: ReadonlyMap<string, string>): RequestIds {
  const query = new URL(request.url ?? '/', 'https://host').searchParams
  const given = (name: string): string | undefined => {
    const header = request.headers[name]
    return typeof header === 'string' ? header : (query.get(name) ?? form.get(name))
  }
  const correlationId = given('client-request-id') ?? ''
  return {
    traceId: randomUUID(),
    correlationId: GUID.test(correlationId) ? correlationId : randomUUID(),
    echoed: given('return-client-request-id') === 'true',
  }
}

/** Answers with a refusal in the vendor's body (protocols §1.3). */
export function answerRefusal(
  response: ServerResponse,
  refusal: Refusal,
  { world, host, ids, retryAfter }: { world: World; host: string; ids: RequestIds; retryAfter?: string | undefined },
): void {
  const { status, error, text } = describeRefusal(refusal)
  const timestamp = new Date(world.clock.now())
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z')
  const trail = `Trace ID: ${ids.traceId} Correlation ID: ${ids.correlationId} Timestamp: ${timestamp}`
  const body = {
    error,
    error_description: `AADSTS${refusal.code}: ${text} ${trail}`,
    error_codes: [refusal.code],
    timestamp,
    trace_id: ids.traceId,
    correlation_id: ids.correlationId,
    error_uri: `https://${host}/error?code=${refusal.code}`,
    ...(refusal.code === 53003 ? conditionalAccessFields() : {}),
  }
  const wait = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
  answerJson(response, { status, body, headers: { ...tokenHeaders(ids, refusal.code), ...wait } })
}

/** [K] assumption: the fields that a client would need to satisfy the policy, which a workload cannot. */
function conditionalAccessFields(): object {
  const claims = { access_token: { capolids: { essential: true, values: [randomUUID()] } } }
  return { suberror: 'message_only', claims: JSON.stringify(claims) }
}

/** Answers with a token; never with a refresh token in this flow. v1 gives its numbers as text ([K] assumption). */
export function answerToken(
  response: ServerResponse,
  issued: IssuedToken,
  { version, resource, ids }: { version: 1 | 2; resource: string; ids: RequestIds },
): void {
  const seconds = issued.expiresIn
  const body =
    version === 2
      ? { token_type: 'Bearer', expires_in: seconds, ext_expires_in: seconds, access_token: issued.token }
      : {
          token_type: 'Bearer',
          expires_in: String(seconds),
          ext_expires_in: String(seconds),
          expires_on: String(issued.exp),
          not_before: String(issued.nbf),
          resource,
          access_token: issued.token,
        }
  answerJson(response, { status: 200, body, headers: tokenHeaders(ids, 0) })
}

/** Answers with a JSON document. */
export function answerJson(
  response: ServerResponse,
  answer: { status: number; body: object; headers?: Record<string, string> },
): void {
  const text = JSON.stringify(answer.body)
  response.writeHead(answer.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
    ...answer.headers,
  })
  response.end(text)
}

/** Headers of the token endpoint's answers. [K] assumption: their names, as SDK logs echo them. */
export function tokenHeaders(ids: RequestIds, code: number): Record<string, string> {
  return {
    'cache-control': 'no-store, no-cache',
    pragma: 'no-cache',
    expires: '-1',
    p3p: 'CP="DSP CUR OTPi IND OTRi ONL FIN"',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-ms-ests-server': '2.1.0.0 - sandbox',
    'x-ms-clitelem': `1,${code},0,,`,
    'x-ms-request-id': ids.traceId,
    ...(ids.echoed ? { 'client-request-id': ids.correlationId } : {}),
  }
}

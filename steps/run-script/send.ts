import { isCode, StepError, stepError } from '../lib/core/errors.ts'
import { retry, type Patience } from '../lib/core/retry.ts'
import type { Secret } from '../lib/core/secret.ts'
import type { HttpClient, HttpRequest, HttpResponse } from '../lib/http/client.ts'
import { retryAfterMs } from '../lib/http/retry-after.ts'
import type { WireAnswer, WireRequest } from './wire.ts'

/** What lets a request in: made anew for each attempt, since a signature has its time and a token its end. */
export type Ticket = { readonly authorization?: Secret; readonly headers: Readonly<Record<string, string>> }

type Sending = {
  readonly http: HttpClient
  readonly patience: Patience
  readonly ticket: (headers: Readonly<Record<string, string>>) => Promise<Ticket>
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** Of the connection, not of the request: the way out sets its own. */
const hopHeaders = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'expect', 'accept-encoding'])

/**
 * Sends a request of a script, and again while it is throttled: 429 as the service's word that it has done nothing, 503 where it says when to come
 * again. What broke off is sent again only where that cannot do something twice. No redirect is followed. Throws NETWORK_*; every status is an answer.
 */
export async function sendForScript(request: WireRequest, { http, patience, ticket }: Sending): Promise<WireAnswer> {
  const method = methodOf(request.method)
  const url = new URL(request.url)
  if (url.protocol !== 'https:') throw hostUnknown(url, `it would be sent over ${url.protocol.replace(':', '')}`)
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !hopHeaders.has(name)))
  const body = request.body.length === 0 && (method === 'GET' || method === 'HEAD') ? {} : { body: request.body }
  let last: HttpResponse | undefined
  const attempt = async () => {
    const sent = { method, url, ...body, ...(await ticket(headers)), signal: patience.signal }
    last = await http.send(sent).catch((error: unknown) => {
      throw isOnce(method, error) ? new Once(error) : error
    })
    if (isThrottled(last)) throw throttled(url, last, patience.clock.now())
    return last
  }
  try {
    return wireAnswer(await retry(patience, attempt))
  } catch (error) {
    if (error instanceof Once) throw error.cause
    const answer = last
    if (answer !== undefined && isCode(error, 'SCRIPT_THROTTLED')) return wireAnswer(answer)
    throw error
  }
}

/** An error after which nothing is tried again. */
class Once extends Error {
  constructor(cause: unknown) {
    super('not again', { cause })
  }
}

function isOnce(method: HttpRequest['method'], error: unknown): boolean {
  return (method === 'POST' || method === 'PATCH') && isCode(error, 'NETWORK_INTERRUPTED')
}

function isThrottled({ status, headers }: HttpResponse): boolean {
  return status === 429 || (status === 503 && headers['retry-after'] !== undefined)
}

function throttled(url: URL, { status, headers }: HttpResponse, now: number): StepError {
  return stepError(
    'SCRIPT_THROTTLED',
    { host: url.host, status: String(status) },
    { retryAfterMs: retryAfterMs(headers['retry-after'], now) },
  )
}

/** The refusal of an address that gets no credential. */
export function hostUnknown(url: URL, reason: string): StepError {
  return stepError('SCRIPT_HOST_UNKNOWN', { host: url.host, reason })
}

function methodOf(text: string): HttpRequest['method'] {
  const method = methods.find((one) => one === text)
  if (method === undefined) throw new TypeError(`the method is one of ${methods.join(', ')}, not ${text}`)
  return method
}

function wireAnswer({ status, headers, body }: HttpResponse): WireAnswer {
  const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { status, headers: Object.fromEntries(given), body }
}

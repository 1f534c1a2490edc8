import type { RecordSink } from '../audit/record-sink.ts'
import { stepError, type StepError, type StepErrorOptions } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { bearer } from '../http/bearer.ts'
import type { HttpClient, HttpResponse } from '../http/client.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import { eventMessage, type EventMode } from './event-message.ts'
import { excerpt, textOf } from './excerpt.ts'

export type HttpSinkOptions = {
  readonly url: URL
  readonly mode: EventMode
  /** The Entra token that goes along, and the resource that it is for; a sink that asks for none gets none. */
  readonly access: { readonly token: Secret; readonly resource: string } | undefined
  readonly http: HttpClient
  readonly now: () => number
}

/** How long a sink may say nothing before the attempt counts as failed, in milliseconds. */
const idleMs = 8000

/** A sink that takes CloudEvents by HTTP POST. */
export function createHttpSink(options: HttpSinkOptions): RecordSink {
  const { url, mode, access, http } = options
  return {
    place: url.href,
    send: async (event, signal) => {
      const { headers, body } = eventMessage(event, mode)
      const authorization = access === undefined ? {} : { authorization: bearer(access.token) }
      const answer = await http.send({ method: 'POST', url, headers, ...authorization, body, signal, idleMs })
      if (answer.status < 200 || answer.status > 299) throw sinkError(options, answer)
    },
  }
}

function sinkError(options: HttpSinkOptions, answer: HttpResponse): StepError {
  const sink = options.url.href
  const { status } = answer
  const upstream = { service: options.url.host, status, message: excerpt(textOf(answer.body)) }
  const retry: StepErrorOptions = {
    upstream,
    retryAfterMs: retryAfterMs(answer.headers['retry-after'], options.now()),
  }
  if (status === 429) return stepError('SINK_THROTTLED', { sink }, retry)
  if (status === 408 || status === 425 || status >= 500)
    return stepError('SINK_UNAVAILABLE', { sink, reason: `HTTP ${status}` }, retry)
  if (status === 401 || status === 403) {
    const asked = options.access?.resource ?? 'nothing: record-sink-resource is not set'
    return stepError('SINK_DENIED', { sink, status: String(status), 'token for': asked }, { upstream })
  }
  return stepError('SINK_REFUSED', { sink, reason: refusal(answer) }, { upstream })
}

function refusal({ status, headers }: HttpResponse): string {
  const location = URL.parse(headers['location'] ?? '')
  if (status < 300 || status > 399) return `HTTP ${status}`
  return `HTTP ${status}, a redirect${location === null ? '' : ` to ${location.origin}`}`
}

import type { RecordSink } from '../audit/record-sink.ts'
import { stepError, type StepError, type StepErrorOptions } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { bearer } from '../http/bearer.ts'
import type { HttpClient, HttpResponse } from '../http/client.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import { eventParts } from './event-parts.ts'
import { excerpt, textOf } from './excerpt.ts'

export type IngestionSinkOptions = {
  /** A stream of a data collection rule, with the version of the API. */
  readonly url: URL
  readonly token: Secret
  /** Object id of who writes, for messages. */
  readonly principal: string
  readonly http: HttpClient
  readonly now: () => number
}

/** How long the endpoint may say nothing before the attempt counts as failed, in milliseconds. */
const idleMs = 8000

/**
 * A table of Azure Monitor, by the Logs Ingestion API: one row for each event. It knows no event again, so an answer that was lost may leave a row
 * twice, both with the same `EventId`.
 */
export function createIngestionSink(options: IngestionSinkOptions): RecordSink {
  const { url, token, http } = options
  const headers = { 'content-type': 'application/json' }
  return {
    place: url.href,
    send: async (event, signal) => {
      const authorization = bearer(token)
      const body = JSON.stringify([ingestedRow(event)])
      const answer = await http.send({ method: 'POST', url, headers, authorization, body, signal, idleMs })
      if (answer.status < 200 || answer.status > 299) throw ingestionError(options, answer)
    },
  }
}

/** The row of an event. `id`, `Type`, `TenantId` and `Title` would be columns of Azure's own; the stream has to declare these. */
function ingestedRow(event: string): Readonly<Record<string, string>> {
  const { id, source, type, subject, time, sha256 } = eventParts(event)
  return {
    TimeGenerated: time,
    EventId: id,
    EventSource: source,
    EventType: type,
    Subject: subject,
    Sha256: sha256,
    Event: event,
  }
}

function ingestionError({ url, principal, now }: IngestionSinkOptions, answer: HttpResponse): StepError {
  const { status, headers } = answer
  const { code, message } = wordsOf(textOf(answer.body))
  const upstream = { service: 'Azure Monitor', status, ...(code === '' ? {} : { code }), message: excerpt(message) }
  const retry: StepErrorOptions = { upstream, retryAfterMs: retryAfterMs(headers['retry-after'], now()) }
  const sink = url.href
  const rule = url.pathname.split('/')[2] ?? ''
  const reason = code === '' ? `HTTP ${status}` : `HTTP ${status}, ${code}`
  if (status === 429) return stepError('SINK_THROTTLED', { sink }, retry)
  if (status === 408 || status >= 500) return stepError('SINK_UNAVAILABLE', { sink, reason }, retry)
  if (status === 401 || status === 403) return stepError('SINK_RULE_DENIED', { rule, reason, principal }, { upstream })
  return stepError('SINK_RULE_REFUSED', { rule, sink, reason }, { upstream })
}

/** Errors are `{"error":{"code","message"}}`; what is not stands as it is. */
function wordsOf(text: string): { readonly code: string; readonly message: string } {
  try {
    const body: unknown = JSON.parse(text)
    const error: unknown = Reflect.get(Object(body), 'error')
    const word = (name: string): string => {
      const value: unknown = Reflect.get(Object(error), name)
      return typeof value === 'string' ? value : ''
    }
    const code = /^\w{1,64}$/.test(word('code')) ? word('code') : ''
    return { code, message: word('message') }
  } catch {
    return { code: '', message: text }
  }
}

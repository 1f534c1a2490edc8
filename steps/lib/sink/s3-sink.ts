import type { RecordSink } from '../audit/record-sink.ts'
import { stepError, type StepError, type StepErrorOptions } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import type { HttpClient, HttpResponse } from '../http/client.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import { eventParts } from './event-parts.ts'
import { excerpt, textOf } from './excerpt.ts'

export type S3SinkOptions = {
  /** The bucket's own host; the path is the prefix below which records are kept. */
  readonly url: URL
  readonly bucket: string
  /** ARN of the role that writes, for messages. */
  readonly role: string
  /** What the bucket has to allow that role, for messages. */
  readonly objects: string
  readonly sign: (request: {
    readonly method: 'PUT'
    readonly url: URL
    readonly headers: Readonly<Record<string, string>>
    readonly body: Uint8Array
  }) => Promise<{ authorization: Secret; headers: Readonly<Record<string, string>> }>
  readonly http: HttpClient
  readonly now: () => number
}

/** How long S3 may say nothing before the attempt counts as failed, in milliseconds. */
const idleMs = 8000

/**
 * A bucket that takes each record once: PutObject with `If-None-Match: *` (Amazon S3 user guide, "Conditional writes"), so that who may write can
 * replace nothing, and a bucket policy can insist on it.
 */
export function createS3Sink(options: S3SinkOptions): RecordSink {
  const { url, http, sign } = options
  // An object that was sent by this process and is there at the next attempt is its own: its name has an id that nobody else knows.
  const sent = new Set<string>()
  return {
    place: url.href,
    send: async (event, signal) => {
      const body = Buffer.from(event)
      const target = objectUrl(url, event)
      const headers = {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'if-none-match': '*',
        'x-amz-checksum-sha256': Buffer.from(eventParts(event).sha256, 'hex').toString('base64'),
      }
      const signed = await sign({ method: 'PUT', url: target, headers, body })
      const isAgain = sent.has(target.href)
      sent.add(target.href)
      const answer = await http.send({ method: 'PUT', url: target, ...signed, body, signal, idleMs })
      if (answer.status === 200 || (answer.status === 412 && isAgain)) return
      throw s3Error(options, answer)
    },
  }
}

/** Where an event is kept: below its TaskRun, by its id. */
function objectUrl(url: URL, event: string): URL {
  const { source, id } = eventParts(event)
  return new URL(`/${prefixOf(url)}${source.replace(/^\/+/, '')}/${encodeURIComponent(id)}.json`, url)
}

/** What all keys of a sink begin with; `''` where they begin with nothing. */
export function prefixOf({ pathname }: URL): string {
  return pathname.replace(/^\/+/, '').replace(/(?<=[^/])\/*$/, '/')
}

/** Codes that pass by themselves (S3 API reference, "Error responses"). */
const passing: ReadonlySet<string> = new Set(['ConditionalRequestConflict', 'OperationAborted', 'RequestTimeout'])

function s3Error(options: S3SinkOptions, answer: HttpResponse): StepError {
  const { url, bucket, role, objects, now } = options
  const { status, headers } = answer
  const text = textOf(answer.body)
  const code = /<Code>([\w.]{1,64})<\/Code>/.exec(text)?.[1] ?? ''
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? text
  const id = headers['x-amz-request-id']
  const upstream = {
    service: 'S3',
    status,
    ...(code === '' ? {} : { code }),
    message: excerpt(message),
    ...(id === undefined ? {} : { ids: { 'request id': id } }),
  }
  const retry: StepErrorOptions = { upstream, retryAfterMs: retryAfterMs(headers['retry-after'], now()) }
  const sink = url.href
  const reason = code === '' ? `HTTP ${status}` : `HTTP ${status}, ${code}`
  if (status === 429 || code === 'SlowDown') return stepError('SINK_THROTTLED', { sink }, retry)
  if (status >= 500 || passing.has(code)) return stepError('SINK_UNAVAILABLE', { sink, reason }, retry)
  if (status === 401 || status === 403)
    return stepError('SINK_BUCKET_DENIED', { bucket, reason, role, objects }, { upstream })
  return stepError('SINK_BUCKET_REFUSED', { bucket, sink, reason }, { upstream })
}

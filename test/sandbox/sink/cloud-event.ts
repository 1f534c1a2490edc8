import type { IncomingHttpHeaders } from 'node:http'
import { SinkRefusal } from './sink-refusal.ts'

/** A CloudEvent as it arrived, whichever way. */
export type ReceivedEvent = {
  readonly mode: 'structured' | 'binary'
  readonly attributes: Readonly<Record<string, string>>
  readonly data: unknown
}

/** CloudEvents 1.0 §3.1 and §3.2; the pattern of each, as far as the specification names one. */
const required: Readonly<Record<string, RegExp>> = {
  specversion: /^1\.0$/,
  id: /^.+$/s,
  source: /^[!-~]+$/,
  type: /^.+$/s,
}
const optional: Readonly<Record<string, RegExp>> = {
  subject: /^.+$/s,
  time: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/,
  datacontenttype: /^[\w.+-]+\/[\w.+-]+( *;.*)?$/,
  dataschema: /^[a-z][a-z0-9+.-]*:[!-~]+$/,
}

/** Reads an event out of a request (HTTP Protocol Binding 1.0 §3). Throws SinkRefusal. */
export function readEvent(headers: IncomingHttpHeaders, body: Buffer): ReceivedEvent {
  const contentType = headers['content-type'] ?? ''
  const [mediaType = '', ...parameters] = contentType.toLowerCase().split(/ *; */)
  const named = Object.keys(headers).filter((name) => name.startsWith('ce-'))
  if (parameters.some((parameter) => parameter.startsWith('charset=') && parameter !== 'charset=utf-8'))
    throw new SinkRefusal(415, 'CHARSET', `the charset of ${contentType} is not UTF-8`)
  if (mediaType.startsWith('application/cloudevents')) {
    if (mediaType !== 'application/cloudevents+json')
      throw new SinkRefusal(415, 'MEDIA_TYPE', `${mediaType} is not taken: one event, in JSON`)
    if (named.length > 0) throw new SinkRefusal(400, 'BOTH_MODES', `a structured event has ${named.join(', ')} as well`)
    return checked(structured(body))
  }
  if (named.length === 0)
    throw new SinkRefusal(415, 'MEDIA_TYPE', `${contentType || 'no content type'} is no CloudEvent`)
  if (contentType === '') throw new SinkRefusal(400, 'NO_CONTENT_TYPE', 'a binary event has no content-type')
  const attributes = named.map((name) => [name.slice('ce-'.length), decodeHeader(name, String(headers[name]))] as const)
  if (named.includes('ce-datacontenttype')) throw new SinkRefusal(400, 'HEADER', 'datacontenttype is Content-Type')
  return checked({
    mode: 'binary',
    attributes: { ...Object.fromEntries(attributes), datacontenttype: contentType },
    data: parsed(body),
  })
}

function structured(body: Buffer): ReceivedEvent {
  const value = parsed(body)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SinkRefusal(400, 'NO_OBJECT', 'a structured event is a JSON object')
  const { data, ...attributes } = value as Record<string, unknown>
  const odd = Object.entries(attributes).find(([, attribute]) => typeof attribute !== 'string')
  if (odd !== undefined) throw new SinkRefusal(400, 'ATTRIBUTE', `${odd[0]} is no string`)
  return { mode: 'structured', attributes: attributes as Record<string, string>, data }
}

function checked(event: ReceivedEvent): ReceivedEvent {
  const { attributes, data } = event
  for (const [name, value] of Object.entries(attributes)) {
    const pattern = required[name] ?? optional[name]
    // An extension may have any name of this form; ours have none.
    if (pattern === undefined) throw new SinkRefusal(400, 'ATTRIBUTE', `there is no attribute ${name}`)
    if (!pattern.test(value)) throw new SinkRefusal(400, 'ATTRIBUTE', `${name} is "${value}"`)
  }
  const missing = Object.keys(required).filter((name) => attributes[name] === undefined)
  if (missing.length > 0) throw new SinkRefusal(400, 'ATTRIBUTE_MISSING', `the event lacks ${missing.join(', ')}`)
  if (data === undefined) throw new SinkRefusal(400, 'NO_DATA', 'the event has no data')
  return event
}

/** §3.1.3.2: only printable ASCII, where the space, quotation mark and percent sign are encoded too. */
function decodeHeader(name: string, value: string): string {
  if (!/^([!#$&-~]|%[0-9A-Fa-f]{2})*$/.test(value))
    throw new SinkRefusal(400, 'HEADER', `${name} has a character that must be percent-encoded`)
  try {
    return decodeURIComponent(value)
  } catch {
    throw new SinkRefusal(400, 'HEADER', `${name} is no UTF-8`)
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new SinkRefusal(400, 'NO_JSON', 'the body is no JSON in UTF-8')
  }
}

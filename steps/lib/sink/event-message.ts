/** One CloudEvent as a request carries it. */
export type EventMessage = { readonly headers: Readonly<Record<string, string>>; readonly body: string }

/** How a CloudEvent travels over HTTP (CloudEvents HTTP Protocol Binding 1.0 §3): whole in the body, or its attributes as headers. */
export type EventMode = 'structured' | 'binary'

export const eventModes = ['structured', 'binary'] as const

/**
 * The headers and the body of an event. Structured, the body is the very line that is printed, so that its SHA-256 is the one in the
 * Task's result; binary, the body is its `data`.
 */
export function eventMessage(event: string, mode: EventMode): EventMessage {
  if (mode === 'structured')
    return { headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' }, body: event }
  const { data, datacontenttype, ...attributes } = Object.fromEntries(Object.entries(Object(JSON.parse(event))))
  const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, headerValue(String(value))])
  return {
    headers: { ...Object.fromEntries(headers), 'content-type': String(datacontenttype) },
    body: JSON.stringify(data),
  }
}

/** §3.1.3.2: what is no printable ASCII, the space, the quotation mark and the percent sign are percent-encoded as UTF-8. */
function headerValue(text: string): string {
  return text.replace(/[^!#$&-~]/gu, (character) =>
    [...Buffer.from(character, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}

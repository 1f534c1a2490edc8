import type { IncomingMessage } from 'node:http'

/** A form as it came: an empty field counts as absent. */
export type Form = { readonly fields: ReadonlyMap<string, string>; readonly duplicated: readonly string[] }

/** [K] assumption: the vendor documents no limit; a token request is a few KiB. */
const BODY_LIMIT = 64 * 1024
const FORM_TYPE = 'application/x-www-form-urlencoded'

/** Reads a form body; undefined when it is too long. A body of another content type has no fields. */
export async function readForm(request: IncomingMessage): Promise<Form | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    // The rest is read and dropped, so that the client gets to see the answer.
    if (length <= BODY_LIMIT) chunks.push(chunk)
  }
  if (length > BODY_LIMIT) return undefined
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  return parseForm(type === FORM_TYPE ? Buffer.concat(chunks).toString('utf8') : '')
}

/** Fields of a form body or a query. */
export function parseForm(body: string): Form {
  const fields = new Map<string, string>()
  const duplicated: string[] = []
  for (const [name, value] of new URLSearchParams(body)) {
    if (fields.has(name)) duplicated.push(name)
    else if (value !== '') fields.set(name, value)
  }
  return { fields, duplicated }
}

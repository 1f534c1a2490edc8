import type http from 'node:http'

/** The headers of an answer by their names in lower case; those that came several times joined. */
export function headersIn(incoming: http.IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

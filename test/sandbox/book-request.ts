import type { IncomingMessage } from 'node:http'
import type { World } from './world.ts'

/** Books a request of a Microsoft API in the journal: its path without the query, who asked, what was checked. */
export function bookRequest(
  world: World,
  standIn: string,
  entry: {
    request: IncomingMessage
    host: string
    status: number
    operation?: string
    refused?: string
    checks: readonly string[]
  },
): void {
  const { request, ...rest } = entry
  const userAgent = request.headers['user-agent']
  world.journal.write({
    standIn,
    method: request.method ?? '',
    path: (request.url ?? '').replace(/\?.*$/s, ''),
    ...rest,
    ...(userAgent === undefined ? {} : { userAgent }),
  })
}

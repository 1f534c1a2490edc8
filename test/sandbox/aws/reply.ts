import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { World } from '../world.ts'

/** Where a request came in and where its answer goes. */
export type Exchange = {
  readonly standIn: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly host: string
}

/** An answer with what the journal says of it. */
export type Answer = {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly requestId: string
  readonly checks: readonly string[]
  readonly operation?: string
  readonly refused?: string
}

/** The id that AWS gives each request. */
export const newRequestId = (): string => randomUUID()

const writeJournal = (world: World, exchange: Exchange, answer: Answer): void => {
  const { standIn, request, host } = exchange
  const userAgent = request.headers['user-agent']
  world.journal.write({
    standIn,
    host,
    method: request.method ?? '',
    path: (request.url ?? '/').split('?')[0] ?? '/',
    status: answer.status,
    checks: answer.checks,
    ...(answer.operation === undefined ? {} : { operation: answer.operation }),
    ...(answer.refused === undefined ? {} : { refused: answer.refused }),
    ...(userAgent === undefined ? {} : { userAgent }),
  })
}

/** Writes the journal, then the answer: whoever has the answer finds the entry. */
export const reply = (world: World, exchange: Exchange, answer: Answer): void => {
  writeJournal(world, exchange, answer)
  exchange.response.writeHead(answer.status, {
    'x-amzn-RequestId': answer.requestId,
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
    // SDKs set their clock by it, so it must be the clock that the checks use.
    date: new Date(world.clock.now()).toUTCString(),
  })
  exchange.response.end(answer.body)
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { bookRequest } from '../book-request.ts'
import type { RecordSink } from '../config-sink.ts'
import { readBearer } from '../entra/bearer.ts'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { readEvent } from './cloud-event.ts'
import { SinkRefusal } from './sink-refusal.ts'
import { keepRecord } from './sink-state.ts'

/** The least that a receiver must take (CloudEvents 1.0 §5, "Size Limits"), and all that this one does. */
const longestEvent = 64 * 1024

/** Endpoints that keep audit records. They take CloudEvents as the specification says, byte for byte, and nothing else. */
export function createRecordSinks(world: World): StandIn {
  const sinkOf = (host: string) => world.config.recordSinks?.find((sink) => sink.host === host)
  return {
    name: 'sink',
    owns: (host) => sinkOf(host) !== undefined,
    handle: async (request, response, host) => {
      const sink = sinkOf(host)
      if (sink === undefined) throw new Error(`no sink has the host ${host}`)
      const checks: string[] = []
      try {
        await take(world, { sink, request, checks })
        answer(response, 202)
        bookRequest(world, 'sink', { request, host, status: 202, checks })
      } catch (error) {
        if (!(error instanceof SinkRefusal)) throw error
        answer(response, error.status, { error: error.code, message: error.message })
        bookRequest(world, 'sink', { request, host, status: error.status, refused: error.code, checks })
      }
    },
  }
}

type Delivery = { readonly sink: RecordSink; readonly request: IncomingMessage; readonly checks: string[] }

async function take(world: World, { sink, request, checks }: Delivery): Promise<void> {
  const body = await readBody(request)
  if ((request.url ?? '').replace(/\?api-version=[\w.-]+$/, '') !== sink.path)
    throw new SinkRefusal(404, 'NOT_FOUND', 'there is nothing at this path')
  if (request.method !== 'POST') throw new SinkRefusal(405, 'METHOD', `${request.method} is not taken, only POST`)
  const writer = writerOf(world, sink, request)
  checks.push(writer === '' ? 'no token asked for: ok' : `token of ${writer}: ok`)
  if (request.headers['content-encoding'] !== undefined)
    throw new SinkRefusal(415, 'CONTENT_ENCODING', 'an encoded body is not taken')
  const event = readEvent(request.headers, body)
  checks.push(`${event.mode} event: ok`)
  if (!keepRecord(world, { ...event, host: sink.host, body: body.toString('utf8'), writer }))
    throw new SinkRefusal(409, 'OTHER_CONTENT', 'an event of this source and id is kept already, with other content')
}

/** `oid` of whoever writes. A credential that nobody asked for is refused, so that none goes astray unseen. */
function writerOf(world: World, { access }: RecordSink, request: IncomingMessage): string {
  const bearer = readBearer(world, request)
  if (access === undefined) {
    if (bearer.kind === 'missing') return ''
    throw new SinkRefusal(400, 'TOKEN_UNASKED', 'this sink asks for no token')
  }
  if (bearer.kind !== 'valid') throw new SinkRefusal(401, `TOKEN_${bearer.kind.toUpperCase()}`, `token: ${bearer.kind}`)
  const { claims } = bearer
  if (claims.tid !== access.tenantId) throw new SinkRefusal(401, 'TOKEN_TENANT', `the token is of ${claims.tid}`)
  if (claims.aud !== access.audience) throw new SinkRefusal(401, 'TOKEN_AUDIENCE', `the token is for ${claims.aud}`)
  const roles = Array.isArray(claims['roles']) ? claims['roles'] : []
  if (access.role !== undefined && !roles.includes(access.role))
    throw new SinkRefusal(403, 'ROLE_MISSING', `the token lacks the role ${access.role}`)
  return claims.oid
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length <= longestEvent) chunks.push(chunk)
  }
  if (length > longestEvent) throw new SinkRefusal(413, 'TOO_LARGE', `an event of ${length} bytes`)
  return Buffer.concat(chunks)
}

function answer(response: ServerResponse, status: number, body?: object): void {
  const text = body === undefined ? '' : JSON.stringify(body)
  const headers = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    'content-length': text.length,
  }
  response.writeHead(status, headers).end(text)
}

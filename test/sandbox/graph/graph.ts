import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { clouds } from '../entra/clouds.ts'
import { bookRequest } from '../book-request.ts'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { identifyGraphCaller } from './graph-caller.ts'
import { GraphRefusal } from './graph-refusal.ts'
import { answerRoute } from './graph-routes.ts'

/** Microsoft Graph of each cloud: what Azure CLI reads of people, apps and federated credentials, and who is in which group. It changes nothing. */
export function createGraph(world: World): StandIn {
  return {
    name: 'graph',
    owns: (host) => clouds.some(({ graphHost }) => graphHost === host),
    handle: async (request, response, host) => {
      const sent = await readBody(request)
      const checks: string[] = []
      try {
        const { body, operation } = answer(world, { request, host, checks, sent })
        send(response, request, { status: 200, body })
        bookRequest(world, 'graph', { request, host, status: 200, operation, checks })
      } catch (error) {
        if (!(error instanceof GraphRefusal)) throw error
        send(response, request, { status: error.status, body: errorBody(world, request, error) })
        bookRequest(world, 'graph', { request, host, status: error.status, refused: error.code, checks })
      }
    },
  }
}

function answer(
  world: World,
  call: { request: IncomingMessage; host: string; checks: string[]; sent: Buffer },
): { body: object; operation: string } {
  const { request, host, checks, sent } = call
  const cloud = clouds.find(({ graphHost }) => graphHost === host)
  if (cloud === undefined) throw new Error(`no cloud has the Graph host ${host}`)
  const url = new URL(request.url ?? '/', `https://${host}`)
  const [, path] = /^\/v1\.0(\/.*)$/.exec(decoded(url.pathname)) ?? []
  // [K] assumption: the wording; the beta version is not stood in for.
  if (path === undefined) throw new GraphRefusal(400, 'BadRequest', 'Invalid version.')
  const caller = identifyGraphCaller(world, request, cloud)
  checks.push(`token of ${caller.user?.upn ?? caller.clientId} with ${caller.permissions.join(' ') || 'no permission'}`)
  const { method = 'GET', headers } = request
  return answerRoute(path, { caller, host, url, method, contentType: headers['content-type'] ?? '', sent })
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Protocols §4. */
function errorBody(world: World, request: IncomingMessage, { code, message }: GraphRefusal): object {
  const clientRequestId = request.headers['client-request-id']
  const requestId = randomUUID()
  return {
    error: {
      code,
      message,
      innerError: {
        date: new Date(world.clock.now()).toISOString().slice(0, 19),
        'request-id': requestId,
        'client-request-id': typeof clientRequestId === 'string' ? clientRequestId : requestId,
      },
    },
  }
}

function send(response: ServerResponse, request: IncomingMessage, answered: { status: number; body: object }): void {
  const text = JSON.stringify(answered.body)
  const clientRequestId = request.headers['client-request-id']
  response.writeHead(answered.status, {
    'content-type':
      'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
    'cache-control': 'no-cache',
    'request-id': randomUUID(),
    ...(typeof clientRequestId === 'string' ? { 'client-request-id': clientRequestId } : {}),
    'odata-version': '4.0',
  })
  response.end(text)
}

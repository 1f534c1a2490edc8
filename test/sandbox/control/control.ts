import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { listen, LOOPBACK } from '../listen.ts'
import type { ListenAt } from '../listen.ts'
import { RequestFault } from './request-fault.ts'
import { routes } from './routes.ts'
import type { Controlled, Route } from './routes.ts'

/** Where a running sandbox is steered from, for those who hold the token. */
export type Control = AsyncDisposable & { readonly url: string; readonly token: string; close(): Promise<void> }

/** How much a request may bring: more than a list of faults or a token's claims can need. */
const LONGEST_BODY = 1024 * 1024

/** Where the control address listens, and its token: a random one when absent. */
export type ControlOptions = { readonly at?: ListenAt; readonly token?: string | undefined }

/** Opens the control address of a sandbox. Without the token nothing is answered: any program of this machine can reach loopback. */
export async function openControl(controlled: () => Controlled, options: ControlOptions = {}): Promise<Control> {
  const token = options.token ?? randomBytes(32).toString('base64url')
  const server = createServer((request, response) => {
    answer({ controlled, token }, request, response).catch((error: unknown) => refuse(response, error))
  })
  const url = await listen(server, options.at ?? { address: LOOPBACK, port: 0 })
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  return { url, token, close, [Symbol.asyncDispose]: close }
}

type Guarded = { readonly controlled: () => Controlled; readonly token: string }

async function answer(guarded: Guarded, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isAllowed(request, guarded.token)) throw new RequestFault(401, ['the control token is missing or wrong'])
  const url = new URL(request.url ?? '/', 'http://control.invalid')
  const { route, id } = routeOf(request.method ?? '', url.pathname)
  const body = await readJson(request)
  const reply = route.answer(guarded.controlled(), { body, id, query: url.searchParams })
  if ('stream' in reply) return reply.stream(response)
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply.json))
}

function isAllowed(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function routeOf(method: string, path: string): { route: Route; id: string } {
  const atPath = routes.flatMap((route) => {
    const match = route.path.exec(path)
    return match === null ? [] : [{ route, id: match[1] ?? '' }]
  })
  if (atPath.length === 0) throw new RequestFault(404, [`there is no ${path}`])
  const found = atPath.find(({ route }) => route.method === method)
  if (found === undefined) throw new RequestFault(405, [`${path} does not take ${method}`])
  return found
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array)
    length += bytes.length
    if (length > LONGEST_BODY) throw new RequestFault(413, [`the request is longer than ${LONGEST_BODY} bytes`])
    chunks.push(bytes)
  }
  if (length === 0) return undefined
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new RequestFault(400, ['the request is not JSON'])
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy()
  const status = error instanceof RequestFault ? error.status : 500
  const faults = error instanceof RequestFault ? error.faults : [error instanceof Error ? error.message : String(error)]
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify({ faults }))
}

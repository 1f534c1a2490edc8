import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiServerFailure } from './api-server.ts'
import { issuerDocuments } from './issuer-documents.ts'
import type { IssuerDocument } from './issuer-documents.ts'
import type { StandIn } from './stand-in.ts'
import type { World } from './world.ts'

/** What is answered, and why when it is no document. */
type Answer = {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly refused?: string
}

/** The API servers' (or their public mirrors') OpenID discovery and JWKS, one per configured issuer URL. */
export function createIssuers(world: World): StandIn {
  const hosts = (): string[] => world.config.issuers.map((issuer) => new URL(issuer.url).hostname)
  return {
    name: 'issuer',
    owns: (host) => hosts().includes(host),
    handle: async (request, response, host) => await answer(world, { request, response, host }),
  }
}

async function answer(
  world: World,
  { request, response, host }: { request: IncomingMessage; response: ServerResponse; host: string },
): Promise<void> {
  const path = (request.url ?? '').replace(/\?.*$/s, '')
  const method = request.method ?? ''
  const isRead = method === 'GET' || method === 'HEAD'
  const document = isRead ? issuerDocuments(world).get(`https://${host}${path}`) : undefined
  const { status, contentType, body, refused } = await answerOf(document)
  world.journal.write({
    standIn: 'issuer',
    host,
    method,
    path,
    status,
    ...(refused === undefined ? {} : { refused }),
  })
  const caching = status === 200 ? { 'cache-control': 'public, max-age=3600' } : {}
  response.writeHead(status, { 'content-type': contentType, ...caching })
  response.end(method === 'HEAD' ? undefined : body)
}

async function answerOf(document: IssuerDocument | undefined): Promise<Answer> {
  if (document === undefined) return { status: 404, contentType: 'text/plain', body: '404 page not found\n' }
  try {
    return { status: 200, contentType: document.contentType, body: await document.read() }
  } catch (error) {
    if (!(error instanceof ApiServerFailure)) throw error
    return { status: 502, contentType: 'text/plain', body: `${error.message}\n`, refused: error.message }
  }
}

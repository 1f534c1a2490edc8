import http from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { createHash, randomUUID } from 'node:crypto'

// A registry that takes every blob and drops it, in a process of its own: what is measured is the client alone. It knows which digests each
// repository was given and keeps manifests, so that whoever looks first finds what it has pushed; it verifies nothing.

type Manifest = { readonly bytes: Buffer; readonly type: string; readonly digest: string }

const blobs = new Set<string>()
const manifests = new Map<string, Manifest>()

const routes = /^\/v2\/(?<repository>.+)\/(?<kind>blobs\/uploads|blobs|manifests|referrers|tags)\/(?<rest>[^/]*)$/

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://sink')
  const { repository = '', kind, rest = '' } = routes.exec(url.pathname)?.groups ?? {}
  const at = { repository, rest, query: url.searchParams, path: url.pathname }
  if (kind === 'manifests') return answerManifest(request, response, at)
  request.resume()
  request.once('end', () => {
    if (url.pathname === '/v2/') response.writeHead(200, { 'content-length': 2 }).end('{}')
    else if (kind === 'blobs/uploads') answerUpload(request, response, at)
    else if (kind === 'blobs' && blobs.has(`${repository}@${rest}`))
      response.writeHead(200, { 'docker-content-digest': rest, 'content-length': 0 }).end()
    else notFound(response)
  })
}

type At = { readonly repository: string; readonly rest: string; readonly query: URLSearchParams; readonly path: string }

function answerUpload({ method }: IncomingMessage, response: ServerResponse, at: At): void {
  const { repository, rest, query, path } = at
  const digest = query.get('digest')
  if (digest !== null && (method === 'PUT' || method === 'POST')) {
    blobs.add(`${repository}@${digest}`)
    const headers = { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest }
    response.writeHead(201, { ...headers, 'content-length': 0 }).end()
    return
  }
  const location = method === 'POST' ? `${path}${randomUUID()}` : path
  const id = rest === '' ? {} : { 'docker-upload-uuid': rest }
  const status = method === 'DELETE' ? 204 : 202
  response.writeHead(status, { location, range: `0-${written(path)}`, ...id, 'content-length': 0 }).end()
}

/** What each open upload was sent so far: clients go on from what the range says. */
const sent = new Map<string, number>()
const written = (path: string): number => Math.max(0, (sent.get(path) ?? 0) - 1)

function countUpload(request: IncomingMessage): void {
  const path = (request.url ?? '').replace(/\?.*/, '')
  if (request.method !== 'PATCH') return
  request.on('data', (chunk: Buffer) => sent.set(path, (sent.get(path) ?? 0) + chunk.length))
}

function answerManifest(request: IncomingMessage, response: ServerResponse, { repository, rest }: At): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.once('end', () => {
    if (request.method !== 'PUT') {
      const found = manifests.get(`${repository}@${rest}`)
      if (found === undefined) return notFound(response)
      const { bytes, type, digest } = found
      const headers = { 'content-type': type, 'docker-content-digest': digest, 'content-length': bytes.length }
      response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : bytes)
      return
    }
    const bytes = Buffer.concat(chunks)
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    const manifest = { bytes, digest, type: request.headers['content-type'] ?? '' }
    for (const name of [rest, digest]) manifests.set(`${repository}@${name}`, manifest)
    const headers = { location: `/v2/${repository}/manifests/${digest}`, 'docker-content-digest': digest }
    response.writeHead(201, { ...headers, 'content-length': 0 }).end()
  })
}

function notFound(response: ServerResponse): void {
  const body = '{"errors":[{"code":"NAME_UNKNOWN","message":"not found"}]}'
  response.writeHead(404, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
}

/** The first message says how to serve; each one after it that all is to be forgotten. */
type Start = { readonly cert?: string; readonly key?: string }

const settings = { highWaterMark: 1024 * 1024, requestTimeout: 0, keepAliveTimeout: 60_000 }

process.once('message', ({ cert, key }: Start) => {
  const server =
    cert === undefined || key === undefined
      ? http.createServer(settings)
      : https.createServer({ ...settings, cert, key })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    countUpload(request)
    answer(request, response)
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
  process.on('message', () => {
    blobs.clear()
    manifests.clear()
    sent.clear()
    process.send?.('cleared')
  })
})
process.once('disconnect', () => process.exit())

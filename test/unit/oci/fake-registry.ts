import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { parseOwnManifest } from './fixtures.ts'

/** One request as the fake saw it, before it answered. */
export type Seen = { readonly method: string; readonly path: string; readonly authorization: string | undefined }

/** Takes over a request: answers it and says true, or says false and leaves it to the fake. */
export type Intercept = (seen: Seen, request: IncomingMessage, response: ServerResponse) => boolean

/** A strict registry on loopback with one repository `team/app`: takes nothing that the specification does not allow. */
export type FakeRegistry = AsyncDisposable & {
  readonly origin: URL
  readonly requests: Seen[]
  /** Requests as `METHOD path`, digests cut to 12 digits and upload ids to `…`. */
  journal(...methods: string[]): string[]
  readonly blobs: Set<string>
  readonly manifests: Map<string, { mediaType: string; bytes: Buffer }>
  /** Tag → digest. */
  readonly tags: Map<string, string>
  readonly openUploads: Set<string>
  /** The only value of `Authorization` that is taken. */
  authorization: string
  /** Makes the `Location` of an upload from its path. */
  location: (path: string) => string
  intercept: Intercept
}

const repository = '/v2/team/app/'

/** Starts the fake on a free port of loopback. */
export async function startFakeRegistry(): Promise<FakeRegistry> {
  const server = http.createServer((request, response) => void handle(fake, request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const fake: FakeRegistry = {
    origin: new URL(`http://127.0.0.1:${port}`),
    requests: [],
    journal: (...methods) => fake.requests.filter((one) => methods.includes(one.method)).map(shorten),
    blobs: new Set(),
    manifests: new Map(),
    tags: new Map(),
    openUploads: new Set(),
    authorization: 'Basic good',
    location: (path) => path,
    intercept: () => false,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return fake
}

/** Answers with an error as the distribution specification has it. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Record<string, string> = {},
): true {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ errors: [{ code, message: `says ${code}` }] }))
  return true
}

/** Answers with a status, headers and no body. */
export function answer(response: ServerResponse, status: number, headers: Record<string, string> = {}): true {
  response.writeHead(status, headers).end()
  return true
}

function shorten(seen: Seen): string {
  const path = seen.path.replace(repository, '').replace(/(sha256(?::|%3A))([0-9a-f]{12})[0-9a-f]*/g, 'sha256:$2')
  return `${seen.method} ${path.replace(/uploads\/[^?]+/, 'uploads/…')}`
}

async function handle(fake: FakeRegistry, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '' } = request
  const { authorization } = request.headers
  const seen = { method, path: url, authorization }
  fake.requests.push(seen)
  // A client that goes away mid-request is part of the tests.
  request.on('error', () => undefined)
  if (fake.intercept(seen, request, response)) return
  if (authorization !== fake.authorization) return void refuse(response, 401, 'UNAUTHORIZED')
  const { pathname, searchParams } = new URL(url, fake.origin)
  if (!pathname.startsWith(repository)) return void refuse(response, 404, 'NAME_UNKNOWN')
  const [kind = '', ...rest] = pathname.slice(repository.length).split('/')
  if (kind === 'manifests') await handleManifest(fake, rest.join('/'), request, response)
  else if (rest[0] === 'uploads') await handleUpload(fake, pathname, searchParams, request, response)
  else if (method === 'HEAD') response.writeHead(fake.blobs.has(rest[0] ?? '') ? 200 : 404).end()
  else refuse(response, 405, 'UNSUPPORTED')
}

async function handleUpload(
  fake: FakeRegistry,
  path: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'POST' && path === `${repository}blobs/uploads/`) {
    const upload = `${repository}blobs/uploads/${randomUUID()}`
    fake.openUploads.add(upload)
    return void response.writeHead(202, { location: fake.location(upload) }).end()
  }
  if (!fake.openUploads.has(path)) return void refuse(response, 404, 'BLOB_UPLOAD_UNKNOWN')
  if (request.method === 'DELETE') {
    fake.openUploads.delete(path)
    return void response.writeHead(204).end()
  }
  if (request.headers['content-type'] !== 'application/octet-stream')
    return void refuse(response, 400, 'BLOB_UPLOAD_INVALID')
  const hash = createHash('sha256')
  for await (const chunk of request as AsyncIterable<Buffer>) hash.update(chunk)
  const digest = `sha256:${hash.digest('hex')}`
  if (query.getAll('digest').length !== 1 || query.get('digest') !== digest)
    return void refuse(response, 400, 'DIGEST_INVALID')
  fake.openUploads.delete(path)
  fake.blobs.add(digest)
  response.writeHead(201, { location: `${repository}blobs/${digest}`, 'docker-content-digest': digest }).end()
}

async function handleManifest(
  fake: FakeRegistry,
  reference: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'HEAD') {
    const digest = fake.tags.get(reference) ?? reference
    const there =
      fake.manifests.has(digest) && request.headers.accept?.includes('application/vnd.oci.image.index.v1+json')
    return void (there ? response.writeHead(200, { 'docker-content-digest': digest }) : response.writeHead(404)).end()
  }
  if (request.method === 'GET') {
    const digest = fake.tags.get(reference) ?? reference
    const stored = fake.manifests.get(digest)
    if (stored === undefined) return void refuse(response, 404, 'MANIFEST_UNKNOWN')
    const headers = { 'content-type': stored.mediaType, 'docker-content-digest': digest }
    return void response.writeHead(200, headers).end(stored.bytes)
  }
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  if (reference.includes(':') && reference !== digest) return void refuse(response, 400, 'DIGEST_INVALID')
  const { mediaType, blobs, manifests } = parseOwnManifest(bytes)
  if (mediaType !== request.headers['content-type']) return void refuse(response, 400, 'MANIFEST_INVALID')
  const complete = blobs.every((blob) => fake.blobs.has(blob)) && manifests.every((child) => fake.manifests.has(child))
  if (!complete) return void refuse(response, 400, 'MANIFEST_BLOB_UNKNOWN')
  fake.manifests.set(digest, { mediaType, bytes })
  if (reference !== digest) fake.tags.set(reference, digest)
  response.writeHead(201, { 'docker-content-digest': digest }).end()
}

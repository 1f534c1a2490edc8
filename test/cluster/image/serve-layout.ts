import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** What a layout's `index.json` says of an image. */
type Entry = {
  readonly mediaType: string
  readonly digest: string
  readonly annotations?: Readonly<Record<string, string>>
}

type Answer = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** Where the registry listens. */
export type LayoutServer = AsyncDisposable & { readonly origin: string }

const usage = 'serve-layout FOLDER PORT [HOST]'

/** Repository names and digests as distribution-spec has them ("Pulling manifests"): no name can climb out of the folder. */
const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const route = new RegExp(`^/v2/(${part}(?:/${part})*)/(manifests|blobs|tags)/([^/?]+)$`)
const digestForm = /^sha256:[0-9a-f]{64}$/

/** Serves the OCI image layouts in `FOLDER/<repository>/` by the pull half of distribution-spec until the process is told to end. */
export async function run(args: readonly string[]): Promise<void> {
  const [folder = '', port = '', host = '0.0.0.0', ...others] = args
  if (folder === '' || !/^\d{1,5}$/.test(port) || others.length > 0) throw new Error(`usage: ${usage}`)
  const server = await serveLayouts(folder, { port: Number(port), host })
  process.stderr.write(`serving the layouts of ${folder} on ${server.origin}\n`)
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
  await server[Symbol.asyncDispose]()
}

/** The same for who ends it himself; port 0 is any that is free. */
export async function serveLayouts(
  folder: string,
  { port, host }: { readonly port: number; readonly host: string },
): Promise<LayoutServer> {
  const server = createServer((request, response) => {
    void respond(folder, request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  return { origin: `http://${host}:${bound}`, [Symbol.asyncDispose]: async () => await stop(server) }
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

async function respond(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await answerTo(folder, request).catch((error: unknown) => fault(500, 'UNKNOWN', String(error)))
  const length = { 'content-length': String(Buffer.byteLength(answer.body)) }
  response.writeHead(answer.status, { ...length, ...answer.headers })
  response.end(request.method === 'HEAD' ? undefined : answer.body)
}

async function answerTo(folder: string, { method, url = '' }: IncomingMessage): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return fault(405, 'UNSUPPORTED', 'this registry only reads')
  const path = url.split('?')[0] ?? ''
  if (path === '/v2/' || path === '/v2') return { status: 200, headers: json, body: '{}' }
  const [, name = '', what, reference = ''] = route.exec(path) ?? []
  const layout = join(folder, name)
  const entries = what === undefined ? undefined : await readIndex(layout)
  if (entries === undefined) return fault(404, 'NAME_UNKNOWN', `there is no repository for ${path}`)
  if (what === 'manifests') return await manifest(layout, entries, reference)
  if (what === 'blobs') return await blob(layout, reference)
  return { status: 200, headers: json, body: JSON.stringify({ name, tags: entries.flatMap(tagOf) }) }
}

/** Children of an index are named there alone, so a digest is looked for among the blobs. */
async function manifest(layout: string, entries: readonly Entry[], reference: string): Promise<Answer> {
  const entry = entries.find((one) => one.digest === reference || tagOf(one).includes(reference))
  const digest = entry?.digest ?? reference
  const body = await readBlob(layout, digest)
  const mediaType = entry?.mediaType ?? (body === undefined ? undefined : mediaTypeOf(body))
  if (body === undefined || mediaType === undefined) return fault(404, 'MANIFEST_UNKNOWN', `no manifest ${reference}`)
  return { status: 200, headers: { 'content-type': mediaType, 'docker-content-digest': digest }, body }
}

async function blob(layout: string, digest: string): Promise<Answer> {
  const body = await readBlob(layout, digest)
  if (body === undefined) return fault(404, 'BLOB_UNKNOWN', `no blob ${digest}`)
  return { status: 200, headers: { 'content-type': 'application/octet-stream', 'docker-content-digest': digest }, body }
}

async function readIndex(layout: string): Promise<readonly Entry[] | undefined> {
  const text = await readIfThere(join(layout, 'index.json'))
  if (text === undefined) return undefined
  const { manifests }: { manifests: readonly Entry[] } = JSON.parse(text.toString())
  return manifests
}

/** Some tools write the tag alone, others the whole reference. */
function tagOf({ annotations }: Entry): string[] {
  const name = annotations?.['org.opencontainers.image.ref.name']
  return name === undefined ? [] : [name.slice(name.lastIndexOf(':') + 1)]
}

function mediaTypeOf(bytes: Buffer): string | undefined {
  try {
    const { mediaType }: { mediaType?: unknown } = JSON.parse(bytes.toString())
    return typeof mediaType === 'string' ? mediaType : undefined
  } catch {
    return undefined
  }
}

async function readBlob(layout: string, digest: string): Promise<Buffer | undefined> {
  return digestForm.test(digest) ? await readIfThere(join(layout, 'blobs', digest.replace(':', '/'))) : undefined
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  return await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
}

const json = { 'content-type': 'application/json' }

function fault(status: number, code: string, message: string): Answer {
  return { status, headers: json, body: JSON.stringify({ errors: [{ code, message }] }) }
}

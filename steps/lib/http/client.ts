import http from 'node:http'
import https from 'node:https'
import type { Secret } from '../core/secret.ts'
import { bodyStream } from './body-stream.ts'
import { headersIn } from './headers.ts'
import { networkError } from './network-error.ts'
import { sendStream } from './send-stream.ts'
import type { StreamBody } from './stream-body.ts'

export type HttpRequest = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  /** Whole value of the `Authorization` header. It goes to the host of `url` and nowhere else: redirects are never followed. */
  readonly authorization?: Secret
  readonly body?: string | Uint8Array | StreamBody
  /** Ends this request when no byte has moved for so long, in milliseconds; the client's own limit where it is absent. */
  readonly idleMs?: number
  readonly signal?: AbortSignal | undefined
  /** A server within the cluster: it is asked directly, whatever proxy there is, under this name, and this CA alone is trusted. */
  readonly within?: { readonly serverName: string; readonly ca: string }
}

export type HttpResponse = {
  readonly status: number
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** At most `maxResponseBytes`; empty for HEAD. */
  readonly body: Buffer
}

/** An answer whose body is not read yet. Whoever has it reads it to its end, or ends the reading. */
export type HttpDownload = Omit<HttpResponse, 'body'> & {
  readonly stream: AsyncGenerator<Buffer>
  /** Gives up an answer of which nothing is to be read. */
  discard(): void
}

/** Sends one request and reads one answer. Rejects with NETWORK_*, the body's own error, or the reason of an abort; every HTTP status is an answer. */
export type HttpClient = {
  send(request: HttpRequest): Promise<HttpResponse>
  /** As `send`, but the body of an answer with status 200 or 206 comes as a stream. Reading that throws as `send` does. */
  download(request: HttpRequest): Promise<HttpDownload | HttpResponse>
  /** Ends all connections, so that the process can; nothing is sent after that. */
  close(): void
}

export type HttpClientOptions = {
  readonly userAgent: string
  /** `https_proxy` and `no_proxy` as curl reads them. */
  readonly proxy?: { readonly httpsProxy: string; readonly noProxy: string } | undefined
  /** Connections to one host. */
  readonly maxSockets?: number
  /** Ends a request in which no byte has moved for so long, in milliseconds. */
  readonly idleMs?: number
  /** Lets `http:` URLs pass, for registries on loopback; the steps never set it. */
  readonly plainHttp?: boolean
}

const maxResponseBytes = 8 * 1024 * 1024

/** The one way out of the process: `node:https` with keep-alive, through the proxy where there is one. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const agentOptions = {
    keepAlive: true,
    maxSockets: options.maxSockets ?? 16,
    // Given even when empty: Node must not read the pod's environment by itself.
    proxyEnv: { HTTPS_PROXY: options.proxy?.httpsProxy ?? '', NO_PROXY: options.proxy?.noProxy ?? '' },
  }
  const secure = new https.Agent(agentOptions)
  const plain = options.plainHttp === true ? new http.Agent(agentOptions) : undefined
  let isClosed = false
  const send = async <T>(request: HttpRequest, read: Reader<T>): Promise<T> => {
    const { url, within } = request
    const sending = { request, read, options }
    if (isClosed) throw new TypeError(`nothing is sent any more to ${url.host}`)
    if (url.protocol === 'https:' && within !== undefined)
      return await sendOnce(https.request, agentWithin(within), sending)
    if (url.protocol === 'https:') return await sendOnce(https.request, secure, sending)
    if (plain !== undefined && url.protocol === 'http:') return await sendOnce(http.request, plain, sending)
    throw new TypeError(`refusing to send anything over ${url.protocol} to ${url.host}`)
  }
  return {
    send: async (request) => await send(request, readAnswer),
    download: async (request) => await send(request, readOrStream),
    close: () => {
      isClosed = true
      secure.destroy()
      plain?.destroy()
    },
  }
}

/** For one request: the CA may be another by the next one. */
function agentWithin({ serverName, ca }: NonNullable<HttpRequest['within']>): https.Agent {
  return new https.Agent({ keepAlive: false, servername: serverName, ca, proxyEnv: {} })
}

/** Makes of an answer what the caller wants; `idleMs` and `failure` are for who goes on reading afterwards. */
type Reader<T> = (
  incoming: http.IncomingMessage,
  rest: {
    readonly outgoing: http.ClientRequest
    readonly idleMs: number
    readonly failure: (error: unknown) => unknown
  },
) => Promise<T>

type Sending<T> = {
  readonly request: HttpRequest
  readonly read: Reader<T>
  readonly options: HttpClientOptions
}

async function sendOnce<T>(
  open: typeof http.request,
  agent: http.Agent,
  { request, read, options }: Sending<T>,
): Promise<T> {
  const { url, method, signal, body } = request
  signal?.throwIfAborted()
  return await new Promise((resolve, reject) => {
    const failure = (error: unknown) => (signal?.aborted === true ? signal.reason : networkError(error, url.host))
    const fail = (error: unknown) => reject(failure(error))
    // Given at once, not by setTimeout(), which starts to count only when the connection stands.
    const timeout = request.idleMs ?? options.idleMs ?? 60_000
    const outgoing = open(url, { method, agent, timeout, headers: headersOf(request, options.userAgent) })
    const abort = () => {
      // The caller's own reason comes first, before the error that the torn connection gives.
      reject(signal?.reason)
      outgoing.destroy()
    }
    signal?.addEventListener('abort', abort, { once: true })
    outgoing.on('close', () => signal?.removeEventListener('abort', abort))
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no byte moved for ${timeout / 1000} s`)))
    outgoing.on('error', fail)
    outgoing.on('response', (incoming) => {
      read(incoming, { outgoing, idleMs: timeout, failure }).then(resolve, fail)
      // Answered before the upload was read: the connection cannot be used again.
      incoming.on('close', () => outgoing.writableEnded || outgoing.destroy())
    })
    sendBody(outgoing, body, reject)
  })
}

function sendBody(outgoing: http.ClientRequest, body: HttpRequest['body'], fail: (error: unknown) => void): void {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    outgoing.end(body)
    return
  }
  void sendStream(outgoing, body, fail)
}

function headersOf(request: HttpRequest, userAgent: string): Record<string, string> {
  const headers: Record<string, string> = { 'user-agent': userAgent, ...request.headers }
  if (request.authorization !== undefined) headers['authorization'] = request.authorization.reveal()
  const body = request.body
  if (typeof body === 'string' || body instanceof Uint8Array)
    headers['content-length'] = String(Buffer.byteLength(body))
  else if (body !== undefined) headers['content-length'] = String(body.length)
  else if (request.method !== 'GET' && request.method !== 'HEAD') headers['content-length'] = '0'
  return headers
}

async function readAnswer(incoming: http.IncomingMessage): Promise<HttpResponse> {
  const body = await readBody(incoming)
  return { status: incoming.statusCode ?? 0, headers: headersIn(incoming), body }
}

const readOrStream: Reader<HttpDownload | HttpResponse> = async (incoming, { outgoing, idleMs, failure }) => {
  const status = incoming.statusCode ?? 0
  if (status !== 200 && status !== 206) return await readAnswer(incoming)
  // From here on the reader of the stream watches.
  outgoing.setTimeout(0)
  const stream = bodyStream(incoming, { idleMs, failure })
  return { status, headers: headersIn(incoming), stream, discard: () => void incoming.destroy() }
}

/** By its events: an iterator would take longer than most answers, which are empty. */
function readBody(incoming: http.IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxResponseBytes) incoming.destroy(new Error(`an answer of more than ${maxResponseBytes} bytes`))
      else chunks.push(chunk)
    })
    incoming.on('end', () => resolve(Buffer.concat(chunks)))
    incoming.on('error', reject)
    // Whatever else may end it before its end.
    incoming.on('close', () => reject(new Error('the answer was cut off')))
  })
}

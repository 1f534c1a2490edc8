import { request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { TLSSocket } from 'node:tls'

/** Where the sandbox is reached and what it is trusted by; a `Sandbox` is one. */
export type SandboxAddress = { readonly proxyUrl: string; readonly caPem: string }

/** One raw request. */
export type RawRequest = {
  readonly url: string
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Uint8Array
  /** TLS server name and Host header default to the URL's host; other values are for tests of the refusals. */
  readonly serverName?: string
  readonly signal?: AbortSignal
}

/** Its answer; `body` is the text, `bytes` the same unread. */
export type RawAnswer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly bytes: Buffer
}

/** The proxy's own no: what it answered to CONNECT instead of opening the tunnel. */
export class TunnelRefused extends Error {
  readonly status: number
  readonly body: string
  constructor(status: number, body: string) {
    super(`the proxy refused the tunnel with ${status}: ${body.trim()}`)
    this.name = 'TunnelRefused'
    this.status = status
    this.body = body
  }
}

/** Sends one request through the sandbox's proxy in a tunnel of its own: CONNECT, TLS that trusts the sandbox's CA only, HTTP/1.1. */
export async function throughProxy(sandbox: SandboxAddress, request: RawRequest): Promise<RawAnswer> {
  const url = new URL(request.url)
  const tunnel = await openTunnel(
    sandbox.proxyUrl,
    `${url.hostname}:${url.port === '' ? '443' : url.port}`,
    request.signal,
  )
  // A reset may come when nobody waits for anything: each wait has its own listener, this one keeps the process alive.
  tunnel.on('error', () => tunnel.destroy())
  try {
    const socket = await secure(tunnel, request.serverName ?? url.hostname, sandbox.caPem)
    return await exchange(socket, url, request)
  } finally {
    tunnel.destroy()
  }
}

/** Opens a CONNECT tunnel and gives its raw socket. */
export function openTunnel(proxyUrl: string, target: string, signal?: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(proxyUrl)
    const options = {
      hostname,
      port,
      method: 'CONNECT',
      path: target,
      headers: { host: target },
      agent: false,
    } as const
    const connect = httpRequest(signal === undefined ? options : { ...options, signal })
    connect.once('error', reject)
    connect.once('connect', (response: IncomingMessage, socket: Socket, head: Buffer) => {
      if (response.statusCode === 200) return resolve(socket)
      // A refused CONNECT's body comes on the socket: Node's client gives all of this event's response without parsing it.
      const chunks = [head]
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
      socket.on('error', reject)
      socket.on('end', () => {
        socket.destroy()
        reject(new TunnelRefused(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8')))
      })
    })
    connect.end()
  })
}

function secure(tunnel: Socket, servername: string, ca: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ socket: tunnel, servername, ca, ALPNProtocols: ['http/1.1'] })
    socket.once('secureConnect', () => resolve(socket))
    socket.once('error', reject)
    tunnel.once('close', () => reject(new Error('the tunnel was closed during the TLS handshake')))
  })
}

function exchange(socket: TLSSocket, url: URL, raw: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      createConnection: () => socket,
      method: raw.method ?? 'GET',
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, connection: 'close', ...raw.headers },
      ...(raw.signal === undefined ? {} : { signal: raw.signal }),
    })
    request.once('error', reject)
    request.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        const bytes = Buffer.concat(chunks)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes.toString('utf8'), bytes })
      })
    })
    // Early answers (a refusal before the whole body was read) may make the write fail: the answer counts.
    request.end(raw.body)
  })
}

import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { listen } from './listen.ts'
import type { ListenAt } from './listen.ts'
import type { Pki } from './pki.ts'

/** The way that one CONNECT opened: requests on it are for this host. */
export type Tunnel = {
  readonly host: string
  /** Ends the connection with a TCP reset: the client sees ECONNRESET. */
  reset(): void
  /** Ends the connection without a word of TLS: the client gets what was sent, and then a premature end. */
  cut(): void
}

/** What the proxy needs from the sandbox. */
export type ProxyOptions = {
  readonly pki: Pki
  readonly at: ListenAt
  owns(host: string): boolean
  /** Answers a request that came through a tunnel. */
  answer(request: IncomingMessage, response: ServerResponse, tunnel: Tunnel): Promise<void>
  /** Told of errors that are bugs of the sandbox. */
  crashed(error: unknown): void
  /** Told of each host that was refused. */
  refused(refusal: { method: string; host: string; status: number; refused: string }): void
}

/** A running proxy. */
export type Proxy = { readonly url: string; close(): Promise<void> }

const HTTPS_PORT = '443'

/** Starts an HTTP CONNECT proxy that ends TLS itself: nothing that it carries leaves the machine. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const tunnels = new WeakMap<Duplex, Tunnel>()
  const sockets = new Set<Socket>()
  const inside = createInsideServer(options, tunnels)
  const outside = createServer((request, response) => refusePlainRequest(options, request, response))
  outside.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    // Clients reset connections whenever they like: without a listener each reset would end the process.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  })
  outside.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const host = tunnelHost(request.url ?? '')
    if (host === undefined || !options.owns(host)) return refuseTunnel(options, request.url ?? '', socket)
    openTunnel({ host, socket, head, inside, tunnels, pki: options.pki }).catch((error: unknown) => {
      options.crashed(error)
      socket.destroy()
    })
  })
  return {
    url: await listen(outside, options.at),
    close: async () => {
      const closed = new Promise((resolve) => outside.close(resolve))
      for (const socket of sockets) socket.destroy()
      inside.closeAllConnections()
      await closed
    },
  }
}

/** The HTTP server behind all tunnels: it never listens, decrypted tunnels are handed to it. */
function createInsideServer(options: ProxyOptions, tunnels: WeakMap<Duplex, Tunnel>): Server {
  // No time-outs of its own: a request may be gigabytes long, and a client's idle connection stays usable.
  const server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const tunnel = tunnels.get(request.socket)
    request.on('error', ignore)
    response.on('error', ignore)
    if (tunnel === undefined) response.destroy()
    else options.answer(request, response, tunnel).catch((error: unknown) => options.crashed(error))
  })
  return server
}

type TunnelOptions = {
  readonly host: string
  readonly socket: Socket
  readonly head: Buffer
  readonly inside: Server
  readonly tunnels: WeakMap<Duplex, Tunnel>
  readonly pki: Pki
}

async function openTunnel({ host, socket, head, inside, tunnels, pki }: TunnelOptions): Promise<void> {
  const secureContext = await pki.secureContext(host)
  if (socket.destroyed) return
  socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
  // A client may send its TLS hello together with the CONNECT.
  if (head.length > 0) socket.unshift(head)
  const decrypted = new TLSSocket(socket, {
    isServer: true,
    secureContext,
    ALPNProtocols: ['http/1.1'],
    // A server name other than the tunnel's host would be domain fronting: the clouds have no certificate for it there.
    SNICallback: (name, done) =>
      name.toLowerCase() === host
        ? done(null, secureContext)
        : done(new Error(`no certificate for ${name} at ${host}`)),
  })
  tunnels.set(decrypted, { host, reset: () => void socket.resetAndDestroy(), cut: () => void socket.destroy() })
  decrypted.on('error', () => socket.destroy())
  decrypted.on('close', () => socket.destroy())
  socket.on('close', () => decrypted.destroy())
  decrypted.once('secure', () => inside.emit('connection', decrypted))
}

/** Host of a CONNECT target `host:443`, lower case; undefined when it is something else. */
function tunnelHost(target: string): string | undefined {
  const colon = target.lastIndexOf(':')
  const host = target.slice(0, colon).toLowerCase()
  return colon > 0 && target.slice(colon + 1) === HTTPS_PORT ? host : undefined
}

function refuseTunnel(options: ProxyOptions, target: string, socket: Socket): void {
  options.refused({ method: 'CONNECT', host: target.replace(/:443$/, ''), status: 403, refused: 'unknown host' })
  const body = `The sandbox has no stand-in for ${target}; nothing leaves this machine.\n`
  const head = [
    'HTTP/1.1 403 Forbidden',
    'content-type: text/plain',
    `content-length: ${body.length}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function refusePlainRequest(options: ProxyOptions, request: IncomingMessage, response: ServerResponse): void {
  const target = URL.canParse(request.url ?? '') ? new URL(request.url ?? '').host : (request.headers.host ?? '')
  options.refused({ method: request.method ?? '', host: target, status: 405, refused: 'not a tunnel' })
  response.writeHead(405, { allow: 'CONNECT', 'content-type': 'text/plain', connection: 'close' })
  response.end(`The sandbox's proxy carries HTTPS only, and refuses the plain request for ${target}.\n`)
}

function ignore(): void {
  // The stand-in that reads or writes the stream is told by its own promise.
}

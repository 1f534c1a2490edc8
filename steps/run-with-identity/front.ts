import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { asStepError, stepError } from '../lib/core/errors.ts'
import type { Refusals } from './refusals.ts'
import { refuseStranger } from './request-guard.ts'

/** Answers one request whose form has passed. It never throws: what it throws is answered as an error, and the program goes on. */
export type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>

/** The broker's only door: a server on the pod's loopback. */
export type Front = {
  readonly port: number
  /** What requests go to from now on, by path. */
  serve(handlers: Readonly<Record<string, Handler>>): void
  /** Ends all connections. The broker itself never does: its answers last as long as it does. */
  close(): void
}

/** No request of a client is longer: its headers are a token, its line is a resource. */
const longestHeaders = 8 * 1024

/** Nobody in the pod is far away: who has not sent a request by then never will. */
const times = { headersTimeout: 5000, requestTimeout: 5000, keepAliveTimeout: 5000, connectionsCheckingInterval: 1000 }

/** Beyond these a connection is closed at once; clients come again. */
const mostConnections = 256

/** Where all listens: no other pod reaches it. */
const loopback = '127.0.0.1'

/** The address as clients have it. */
export function addressOf(port: number): string {
  return `http://${loopback}:${port}`
}

/** Opens the door; until it is told what to serve, it says that it is there, and nothing else. Throws BROKER_PORT_TAKEN. */
export async function openFront(port: number, refusals: Refusals): Promise<Front> {
  let handlers: Readonly<Record<string, Handler>> = {}
  const server = createServer({ ...times, maxHeaderSize: longestHeaders }, (request, response) => {
    void answer(request, response, { port, handlers: () => handlers, refusals })
  })
  server.maxConnections = mostConnections
  // What comes in is never looked at: what is wrong with it is said by its kind alone.
  server.on('clientError', (error, socket) => {
    refusals.count('a malformed request, or one that did not come in time')
    const isLong = 'code' in error && error.code === 'HPE_HEADER_OVERFLOW'
    const status = isLong ? '431 Request Header Fields Too Large' : '400 Bad Request'
    if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
    // Whoever goes on sending would else keep the connection.
    socket.destroy()
  })
  // Node's own times begin with the first byte.
  server.on('connection', (socket) => {
    const silent = setTimeout(() => {
      if (socket.bytesRead === 0) socket.destroy()
    }, times.headersTimeout)
    socket.once('close', () => clearTimeout(silent))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        stepError('BROKER_PORT_TAKEN', { address: `${loopback}:${port}`, reason: error.message }, { cause: error }),
      )
    })
    server.listen(port, loopback, 128, resolve)
  })
  return {
    port,
    serve: (next) => {
      handlers = next
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

type Door = {
  readonly port: number
  readonly handlers: () => Readonly<Record<string, Handler>>
  readonly refusals: Refusals
}

async function answer(request: IncomingMessage, response: ServerResponse, door: Door): Promise<void> {
  response.on('error', () => {})
  try {
    const url = refuseStranger(request, door.port)
    const handlers: Readonly<Record<string, Handler>> = { '/ready': sayReady, ...door.handlers() }
    const handler = Object.hasOwn(handlers, url.pathname) ? handlers[url.pathname] : undefined
    if (handler === undefined) throw stepError('BROKER_REQUEST_REFUSED', { reason: 'there is nothing at this path' })
    await handler(request, response, url)
  } catch (error) {
    const { code, message } = asStepError(error)
    door.refusals.count(message)
    replyError(response, { status: 403, code, message })
  }
}

const sayReady: Handler = async (_, response) => reply(response, 200, { ready: true })

/** Sends an answer that nobody keeps. */
export function reply(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent || response.destroyed) return
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    // A body that came along is not read: nothing more of that connection is.
    ...(status === 200 ? {} : { Connection: 'close' }),
  })
  response.end(text)
}

/** Sends an error as all clients read it: AWS's look at `Code` and `Message`, Azure's at `error` or at `message`. */
export function replyError(
  response: ServerResponse,
  { status, code, message }: { readonly status: number; readonly code: string; readonly message: string },
): void {
  const azure = { error: code, error_description: message, statusCode: status, message }
  reply(response, status, { Code: code, Message: message, ...azure })
}

import { createServer, request as openRequest } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** A plain HTTP server on loopback with a client that follows nothing and adds nothing. */
export type Loopback = AsyncDisposable & {
  readonly port: number
  ask(method: string, path: string, message?: Message): Promise<Reply>
}

export type Message = {
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Uint8Array | Readable
}

export type Reply = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  readonly text: string
  json(): unknown
}

/** Serves the handler on a free port of 127.0.0.1. */
export const serveLoopback = async (
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Loopback> => {
  const crashes: unknown[] = []
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      crashes.push(error)
      response.destroy()
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const port = portOf(server)
  return {
    port,
    ask: (method, path, message = {}) => ask({ method, path, port }, message),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
      // What a handler threw is a bug of the stand-in, also where the client saw only a broken connection.
      if (crashes.length > 0) throw new AggregateError(crashes, 'a handler failed')
    },
  }
}

const portOf = (server: Server): number => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return address.port
}

const ask = async (target: { method: string; path: string; port: number }, message: Message): Promise<Reply> => {
  const { body } = message
  const length = body === undefined || body instanceof Readable ? {} : { 'Content-Length': Buffer.byteLength(body) }
  const request = openRequest({
    ...target,
    host: '127.0.0.1',
    agent: false,
    headers: { ...length, ...message.headers },
  })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject)
  })
  if (body instanceof Readable) await pipeline(body, request)
  else request.end(body)
  return readReply(await answered)
}

const readReply = async (response: IncomingMessage): Promise<Reply> => {
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const text = bytes.toString('utf8')
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    bytes,
    text,
    json: () => JSON.parse(text) as unknown,
  }
}

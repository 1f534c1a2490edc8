import { ServerResponse } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Writable } from 'node:stream'
import type { Tunnel } from './proxy.ts'

/** One request as the faults play with it. */
export type FaultedExchange = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly tunnel: Tunnel
  /** Aborts when the sandbox closes. */
  readonly closing: AbortSignal
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** Lets the stand-in answer into this response. */
  handle(response: ServerResponse): Promise<void>
}

const HEAD_END = '\r\n\r\n'

/** The stand-in answers as always, but its bytes go into the sink. Resolves when the answer is complete. */
export async function answerInto(exchange: FaultedExchange, sink: Writable): Promise<void> {
  const { socket } = exchange.request
  const response = new ServerResponse(exchange.request)
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
  const end = (): void => finish()
  response.once('finish', end)
  response.once('close', end)
  socket.once('close', end)
  // Only a server's own connections tell the response when they can take more.
  sink.on('drain', () => response.emit('drain'))
  // A response writes to any stream; the type alone asks for a socket.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  response.assignSocket(sink as unknown as Socket)
  await exchange.handle(response)
  await finished
  // The connection may carry many more answers.
  socket.off('close', end)
}

/** A sink that keeps nothing. */
export function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}

/** Passes the head of the answer and the first `limit` bytes of its body, then ends the connection; the rest is dropped. */
export function passBytes({ request }: FaultedExchange, limit: number, end: () => void): Writable {
  const { socket } = request
  let head = ''
  let left = limit
  const pass = (bytes: Buffer, done: () => void): void => {
    const passed = bytes.subarray(0, left)
    if (left === 0 || socket.destroyed) return done()
    left -= passed.length
    socket.write(passed, () => {
      if (left === 0) end()
      done()
    })
  }
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (head.endsWith(HEAD_END)) return pass(chunk, done)
      const seen = head + chunk.toString('latin1')
      const bodyAt = seen.indexOf(HEAD_END)
      head = bodyAt < 0 ? seen : seen.slice(0, bodyAt + HEAD_END.length)
      if (bodyAt < 0) return done()
      socket.write(head, 'latin1')
      pass(Buffer.from(seen.slice(head.length), 'latin1'), done)
    },
  })
}

/** The stand-in's answer as it would be on the wire; nothing of it is sent. */
export async function answerBytes(exchange: FaultedExchange): Promise<Buffer> {
  const chunks: Buffer[] = []
  await answerInto(exchange, new Writable({ write: (chunk: Buffer, _encoding, done) => (chunks.push(chunk), done()) }))
  return Buffer.concat(chunks)
}

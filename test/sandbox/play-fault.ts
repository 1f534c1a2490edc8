import { ServerResponse } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { captureAnswer } from './capture-answer.ts'
import type { Fault, StandInFault } from './faults.ts'
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

/** The others are played by the stand-ins themselves, or by their clock. */
type PlayedFault = Exclude<Fault, StandInFault | { kind: 'clock-skew' }>

const HEAD_END = '\r\n\r\n'

/** Lets a fault befall a request. Resolves at the latest when the client leaves or the sandbox closes. */
export async function playFault(fault: PlayedFault, exchange: FaultedExchange): Promise<void> {
  switch (fault.kind) {
    case 'status':
      return answerStatus(fault, exchange.response)
    case 'reset-before':
      return exchange.tunnel.reset()
    case 'reset-after-request':
      await answerInto(exchange, discard())
      return exchange.tunnel.reset()
    case 'truncate':
      await answerInto(
        exchange,
        passBytes(exchange, fault.bytes, () => exchange.tunnel.cut()),
      )
      return exchange.tunnel.cut()
    case 'reset-after-bytes':
      await answerInto(
        exchange,
        passBytes(exchange, fault.bytes, () => exchange.tunnel.reset()),
      )
      return exchange.tunnel.reset()
    case 'short-body':
      return answerChanged(exchange, ({ headers, body }) => ({ headers, body: body.subarray(0, fault.bytes) }))
    case 'content-type':
      return answerChanged(exchange, ({ headers, body }) => ({
        headers: { ...headers, 'content-type': fault.contentType },
        body,
      }))
    case 'proxy-page':
      return answerProxyPage(fault.status ?? 200, exchange.response)
    case 'delay':
      return answerLate(fault.ms, exchange)
    case 'stall':
      return waitForEnd(exchange)
  }
}

function answerStatus(fault: Extract<Fault, { kind: 'status' }>, response: ServerResponse): void {
  const retryAfter = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }
  response.writeHead(fault.status, { 'content-type': fault.contentType ?? 'text/plain', ...retryAfter })
  response.end(fault.body ?? '')
}

/** Words of no vendor: what matters is that it is HTML where a client expects JSON. */
const PROXY_PAGE = `<!DOCTYPE html>
<html><head><title>Access notice</title></head>
<body><h1>This request was stopped on its way</h1><p>Sign in to the network first.</p></body></html>
`

function answerProxyPage(status: number, response: ServerResponse): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', via: '1.1 sandbox-proxy' }).end(PROXY_PAGE)
}

type Changed = { readonly headers: Record<string, string | string[]>; readonly body: Buffer }

/** The stand-in answers as always; the client gets the changed answer, framed anew. */
async function answerChanged(exchange: FaultedExchange, change: (answer: Changed) => Changed): Promise<void> {
  const chunks: Buffer[] = []
  const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => (chunks.push(chunk), done()) })
  await answerInto(exchange, sink)
  const answer = captureAnswer(Buffer.concat(chunks))
  if (answer === undefined) return exchange.tunnel.reset()
  const { headers, body } = change(answer)
  exchange.response.writeHead(answer.status, { ...headers, 'content-length': String(body.length) }).end(body)
}

async function answerLate(ms: number, exchange: FaultedExchange): Promise<void> {
  const gone = new AbortController()
  const leave = (): void => gone.abort()
  exchange.request.socket.once('close', leave)
  try {
    await exchange.sleep(ms, AbortSignal.any([gone.signal, exchange.closing]))
  } catch {
    return
  } finally {
    exchange.request.socket.off('close', leave)
  }
  await exchange.handle(exchange.response)
}

async function waitForEnd({ request, closing }: FaultedExchange): Promise<void> {
  if (closing.aborted || request.socket.destroyed) return
  await new Promise<void>((resolve) => {
    request.socket.once('close', () => resolve())
    closing.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** The stand-in answers as always, but its bytes go into the sink. Resolves when the answer is complete. */
async function answerInto(exchange: FaultedExchange, sink: Writable): Promise<void> {
  const response = new ServerResponse(exchange.request)
  const finished = new Promise<void>((resolve) => {
    response.once('finish', () => resolve())
    response.once('close', () => resolve())
    exchange.request.socket.once('close', () => resolve())
  })
  // Only a server's own connections tell the response when they can take more.
  sink.on('drain', () => response.emit('drain'))
  // A response writes to any stream; the type alone asks for a socket.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  response.assignSocket(sink as unknown as Socket)
  await exchange.handle(response)
  await finished
}

function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}

/** Passes the head of the answer and the first `limit` bytes of its body, then ends the connection; the rest is dropped. */
function passBytes({ request }: FaultedExchange, limit: number, end: () => void): Writable {
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

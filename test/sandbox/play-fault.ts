import type { ServerResponse } from 'node:http'
import { captureAnswer } from './capture-answer.ts'
import type { CapturedAnswer } from './capture-answer.ts'
import { answerBytes, answerInto, discard, passBytes } from './divert-answer.ts'
import type { FaultedExchange } from './divert-answer.ts'
import type { Fault, StandInFault } from './faults.ts'

/** The others are played by the stand-ins themselves, or by their clock. */
type PlayedFault = Exclude<Fault, StandInFault | { kind: 'clock-skew' }>

/** Lets a fault befall a request. Resolves at the latest when the client leaves or the sandbox closes. */
export async function playFault(fault: PlayedFault, exchange: FaultedExchange): Promise<void> {
  switch (fault.kind) {
    case 'status':
      return answerStatus(fault, exchange.response)
    case 'reset-before':
      return exchange.tunnel.reset()
    case 'reset-in-request':
      return resetAfter(fault.bytes, exchange)
    case 'reset-after-request':
      await answerInto(exchange, discard())
      return exchange.tunnel.reset()
    case 'cut-head':
      return answerFirstLine(exchange)
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
      return answerChanged(exchange, (answer) => ({ ...answer, body: answer.body.subarray(0, fault.bytes) }))
    case 'other-head':
      return answerChanged(exchange, (answer) => withOtherHead(answer, fault))
    case 'content-type':
      return answerChanged(exchange, (answer) => ({
        ...answer,
        headers: { ...answer.headers, 'content-type': fault.contentType },
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

/** The stand-in answers as always; the client gets the changed answer, framed anew. */
async function answerChanged(
  exchange: FaultedExchange,
  change: (answer: CapturedAnswer) => CapturedAnswer,
): Promise<void> {
  const answer = captureAnswer(await answerBytes(exchange))
  if (answer === undefined) return exchange.tunnel.reset()
  const { status, headers, body } = change(answer)
  exchange.response.writeHead(status, { ...headers, 'content-length': String(body.length) }).end(body)
}

type OtherHead = Extract<Fault, { kind: 'other-head' }>

function withOtherHead(
  answer: CapturedAnswer,
  { status = answer.status, location, range, digest }: OtherHead,
): CapturedAnswer {
  const headers = {
    ...answer.headers,
    ...(location === undefined ? {} : { location }),
    ...(range === undefined ? {} : { range }),
    ...(digest === undefined ? {} : { 'docker-content-digest': digest }),
  }
  return { status, headers, body: answer.body }
}

async function answerFirstLine(exchange: FaultedExchange): Promise<void> {
  const bytes = await answerBytes(exchange)
  const { socket } = exchange.request
  await new Promise<void>((resolve) => socket.write(bytes.subarray(0, bytes.indexOf('\r\n')), () => resolve()))
  exchange.tunnel.cut()
}

async function resetAfter(bytes: number, { request, tunnel }: FaultedExchange): Promise<void> {
  let seen = 0
  request.on('data', (chunk: Buffer) => {
    seen += chunk.length
    if (seen >= bytes) tunnel.reset()
  })
  await new Promise<void>((resolve) => request.once('end', resolve).once('close', resolve))
  tunnel.reset()
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

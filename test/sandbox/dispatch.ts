import { setTimeout } from 'node:timers/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isPlayedByStandIn } from './faults.ts'
import type { Faults, FaultTarget } from './faults.ts'
import { playFault } from './play-fault.ts'
import type { Tunnel } from './proxy.ts'
import { withSkew } from './skewed-clock.ts'
import type { StandIn } from './stand-in.ts'
import type { World } from './world.ts'

/** What stands between the tunnels and the stand-ins. */
export type DispatchOptions = {
  readonly world: World
  readonly standIns: readonly StandIn[]
  readonly faults: Faults
  /** Errors that stand-ins threw: each is a bug of the sandbox. */
  readonly crashes: unknown[]
  /** Aborts when the sandbox closes. */
  readonly closing: AbortSignal
}

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse; readonly tunnel: Tunnel }

/** The way from the tunnels to the stand-ins. */
export type Dispatch = {
  /** Hands a request to the stand-in that owns the host, after the faults. */
  dispatch(this: void, request: IncomingMessage, response: ServerResponse, tunnel: Tunnel): Promise<void>
  /** Resolves when no stand-in is at work any more, or soon after that should have been so. */
  idle(this: void): Promise<void>
}

/** How long the closing sandbox waits for a stand-in that does not notice that its client is gone. */
const IDLE_LIMIT_MS = 2000

/** Makes the way from the tunnels to the stand-ins. */
export function createDispatch(options: DispatchOptions): Dispatch {
  const atWork = new Set<Promise<void>>()
  return {
    dispatch: async (request, response, tunnel) => {
      const work = dispatch(options, { request, response, tunnel })
      atWork.add(work)
      await work.finally(() => atWork.delete(work))
    },
    idle: async () => {
      const limit = new AbortController()
      const waited = setTimeout(IDLE_LIMIT_MS, undefined, { signal: limit.signal }).catch(() => undefined)
      await Promise.race([Promise.allSettled(atWork), waited])
      limit.abort()
    },
  }
}

async function dispatch(options: DispatchOptions, exchange: Exchange): Promise<void> {
  const { request, response, tunnel } = exchange
  const { journal, clock } = options.world
  const standIn = options.standIns.find((candidate) => candidate.owns(tunnel.host))
  if (standIn === undefined) return refuse(response, 421, `nobody owns ${tunnel.host}`)
  const target = targetOf(standIn, request, tunnel)
  const misdirected = misdirection(request, tunnel.host)
  if (misdirected !== undefined) {
    journal.write({ ...target, standIn: 'proxy', ...misdirected })
    return refuse(response, misdirected.status, misdirected.refused)
  }
  const fault = options.faults.take(request, target)
  const skew = fault?.kind === 'clock-skew' ? fault.ms : 0
  const handle = (answer: ServerResponse): Promise<void> =>
    withSkew(skew, () => runStandIn(options, standIn, { ...exchange, response: answer }))
  if (fault === undefined || fault.kind === 'clock-skew' || isPlayedByStandIn(fault)) return handle(response)
  journal.write({ ...target, status: fault.kind === 'status' ? fault.status : 0, refused: `fault: ${fault.kind}` })
  const sleep = (ms: number, signal: AbortSignal): Promise<void> => clock.sleep(ms, signal)
  await playFault(fault, { ...exchange, sleep, closing: options.closing, handle })
}

/** A server answers only for the name that it was reached by (RFC 9110 §15.5.20). */
function misdirection(request: IncomingMessage, host: string): { status: number; refused: string } | undefined {
  const named = (request.headers.host ?? '').toLowerCase()
  if (named !== host && named !== `${host}:443`) {
    return { status: 421, refused: `the Host header names ${named}, the tunnel goes to ${host}` }
  }
  return request.url?.startsWith('/') === true
    ? undefined
    : { status: 400, refused: 'the request target is not a path' }
}

async function runStandIn(options: DispatchOptions, standIn: StandIn, exchange: Exchange): Promise<void> {
  const { request, response, tunnel } = exchange
  try {
    await standIn.handle(request, response, tunnel.host)
    if (!response.headersSent && !isGone(request, options.closing)) {
      throw new Error(`${standIn.name} gave no answer to ${request.method ?? ''} ${pathOf(request)}`)
    }
  } catch (error) {
    // Whoever reads from a client that went away fails for that reason: not a bug of the stand-in.
    if (isGone(request, options.closing)) return
    options.crashes.push(error)
    if (response.headersSent) tunnel.reset()
    else refuse(response, 500, `the stand-in ${standIn.name} failed`)
  }
}

function isGone(request: IncomingMessage, closing: AbortSignal): boolean {
  return closing.aborted || request.socket.destroyed || request.errored !== null
}

function targetOf(standIn: StandIn, request: IncomingMessage, tunnel: Tunnel): FaultTarget {
  return { standIn: standIn.name, host: tunnel.host, method: request.method ?? '', path: pathOf(request) }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').replace(/[?#].*$/s, '')
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`)
}

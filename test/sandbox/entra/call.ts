import type { IncomingMessage, ServerResponse } from 'node:http'
import type { World } from '../world.ts'
import { answerRefusal, requestIds } from './answers.ts'
import { cloudOfAuthority, isRegional } from './clouds.ts'
import type { Cloud } from './clouds.ts'
import type { Exchange } from './exchange.ts'
import type { Form } from './read-form.ts'
import type { Refusal } from './refusals.ts'

/** One request to the Entra stand-in. */
export type Call = {
  readonly world: World
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly host: string
  /** Path segment that names the tenant, decoded. */
  readonly segment: string
  readonly version: 1 | 2
}

/** The exchange that a form (or a query) of the call begins; undefined at a host that is no authority. */
export function beginExchange(call: Call, form: Form): Exchange | undefined {
  const { world, request, host, segment, version } = call
  const cloud: Cloud | undefined = cloudOfAuthority(host)
  if (cloud === undefined) return undefined
  const fault = world.faults?.of(request)
  return {
    world,
    cloud,
    version,
    method: request.method ?? '',
    tenantSegment: segment,
    form: form.fields,
    duplicated: form.duplicated,
    isRegional: isRegional(host),
    propagation: fault?.kind === 'propagation' ? (fault.code ?? 700213) : undefined,
  }
}

/** Answers with a refusal, and journals it. */
export function answerRefused(
  call: Call,
  refusal: Refusal,
  detail: {
    operation: string
    form?: ReadonlyMap<string, string>
    checks?: readonly string[]
    retryAfter?: string | undefined
  },
): void {
  const { operation, checks, form = new Map(), retryAfter } = detail
  const ids = requestIds(call.request, form)
  answerRefusal(call.response, refusal, { world: call.world, host: call.host, ids, retryAfter })
  journal(call, {
    operation,
    status: call.response.statusCode,
    refused: `AADSTS${refusal.code}`,
    ...(checks === undefined ? {} : { checks }),
  })
}

/** [K] assumption: how the vendor answers for paths that it does not have. */
export function notFound(call: Call): void {
  journal(call, { status: 404 })
  call.response.writeHead(404).end()
}

/** A form longer than any that a client would send. */
export function tooLarge(call: Call, operation: string): void {
  journal(call, { operation, status: 413 })
  call.response.writeHead(413, { connection: 'close' }).end()
}

/** Writes what was asked and answered into the sandbox's journal. */
export function journal(
  call: Pick<Call, 'world' | 'request' | 'host'>,
  entry: { operation?: string; status: number; refused?: string; checks?: readonly string[] },
): void {
  const userAgent = call.request.headers['user-agent']
  call.world.journal.write({
    standIn: 'entra',
    host: call.host,
    method: call.request.method ?? '',
    path: pathOf(call.request),
    ...entry,
    ...(userAgent === undefined ? {} : { userAgent }),
  })
}

/** Whether the request only reads. */
export function isReading(request: IncomingMessage): boolean {
  return request.method === 'GET' || request.method === 'HEAD'
}

/** Path without query: queries may carry secrets. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').replace(/\?.*$/s, '')
}

import type { IncomingMessage } from 'node:http'

/** What goes wrong with a request. */
export type Fault =
  /** The stand-in is not asked: this answer instead. `retryAfter` in seconds, or an HTTP date. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly retryAfter?: number | string
      readonly body?: string
      readonly contentType?: string
    }
  /** The connection is reset before the stand-in sees the request. */
  | { readonly kind: 'reset-before' }
  /** The connection is reset when so many bytes of the request's body have come; the stand-in is not asked. */
  | { readonly kind: 'reset-in-request'; readonly bytes: number }
  /** The stand-in does what was asked, then the connection is reset instead of the answer. */
  | { readonly kind: 'reset-after-request' }
  /** The stand-in is asked after this much time of the sandbox's clock. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** No answer ever; the connection stays open. */
  | { readonly kind: 'stall' }
  /** The stand-in does what was asked; of its answer only the first line arrives, then the connection ends. */
  | { readonly kind: 'cut-head' }
  /** The answer's head and so many bytes of its body (as framed on the wire), then the connection ends. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** The stand-in does what was asked; the head and so many bytes of the answer's body arrive, then a TCP reset. */
  | { readonly kind: 'reset-after-bytes'; readonly bytes: number }
  /** A complete answer whose body is only the first so many bytes: what a proxy makes of an answer that it got cut short. */
  | { readonly kind: 'short-body'; readonly bytes: number }
  /** The stand-in does what was asked; its answer has this status and these headers instead of its own. */
  | {
      readonly kind: 'other-head'
      readonly status?: number
      readonly location?: string
      readonly range?: string
      /** `Docker-Content-Digest`. */
      readonly digest?: string
    }
  /** The stand-in's answer under another content type. */
  | { readonly kind: 'content-type'; readonly contentType: string }
  /** The stand-in is not asked: a page of the way there, as proxies and captive portals answer. Status 200 when absent. */
  | { readonly kind: 'proxy-page'; readonly status?: number }
  /** The stand-in's clock is this much ahead (or behind) while it answers; the others keep the sandbox's time. */
  | { readonly kind: 'clock-skew'; readonly ms: number }
  /** Entra's own passing failures, in its body and with its number; `retryAfter` in seconds or an HTTP date. */
  | { readonly kind: 'entra-outage'; readonly code?: OutageCode; readonly retryAfter?: number | string }
  /** Entra's token endpoint behaves as if the federated credential had not reached this node yet. */
  | { readonly kind: 'propagation'; readonly code?: PropagationCode }
  /** STS denies as long as a new role or trust has not reached this node of IAM. */
  | { readonly kind: 'iam-propagation' }
  /** STS or an ECR API is asked too often, and says so in its own wire form. */
  | { readonly kind: 'aws-throttling' }

/** The refusals that a federated credential on its way to all nodes causes (protocols: retry bounded). */
export type PropagationCode = 70021 | 70025 | 700211 | 700212 | 700213

/** Entra's numbers for failures that pass by themselves (protocols §1.7, last row); 90055 is its 429. */
export type OutageCode = 90055 | 90033 | 90006 | 90024 | 90012 | 90090 | 50033 | 50000
/** Faults that the stand-in itself answers, in its own wire form. */
export type StandInFault = Extract<
  Fault,
  { kind: 'propagation' | 'entra-outage' | 'iam-propagation' | 'aws-throttling' }
>

/** The stand-ins that know such a fault: no other is befallen by it. */
const PLAYED_BY: Readonly<Record<StandInFault['kind'], readonly string[]>> = {
  propagation: ['entra'],
  'entra-outage': ['entra'],
  'iam-propagation': ['sts'],
  'aws-throttling': ['sts', 'ecr', 'ecr-public'],
}

/** Whether the stand-in is to be asked, so that it answers the fault itself. */
export function isPlayedByStandIn(fault: Fault): fault is StandInFault {
  return Object.hasOwn(PLAYED_BY, fault.kind)
}

/** Which requests a fault befalls. Everything given must match; the n-th matching request is counted per rule. */
export type FaultRule = {
  /** Name of a stand-in, as the journal has it. */
  readonly standIn?: string
  /** Exact host name. */
  readonly host?: string
  /** Prefix of the path, or a pattern for it; never the query. */
  readonly path?: RegExp | string
  /** Such as PUT. */
  readonly method?: string
  /** First matching request that is befallen, counted from 1. Default 1. */
  readonly from?: number
  /** How many requests in a row are befallen. Default: all from there on. */
  readonly times?: number
  /**
   * Who answers in turn, over and over: of nodes behind one name, some may fail while others work. `['fails', 'works']`
   * befalls every other one of the requests that `from` and `times` choose. Default: all of them.
   */
  readonly turns?: readonly ('fails' | 'works')[]
  readonly fault: Fault
}

/** A request as fault rules see it. */
export type FaultTarget = {
  readonly standIn: string
  readonly host: string
  readonly method: string
  readonly path: string
}

/** The switchboard of faults. */
export type Faults = {
  /** Switches a fault on; the returned function switches it off again. */
  on(rule: FaultRule): () => void
  clear(): void
  /** Counts the request in every rule that it matches, and says which fault befalls it: that of the earliest rule. */
  take(request: IncomingMessage, target: FaultTarget): Fault | undefined
  /** The fault that {@link take} found for the request: for the stand-ins that play a fault themselves. */
  of(request: IncomingMessage): Fault | undefined
}

/** A switchboard with these rules switched on. */
export function createFaults(rules: readonly FaultRule[] = []): Faults {
  const active = new Map<FaultRule, { seen: number }>()
  const taken = new WeakMap<IncomingMessage, Fault>()
  const on = (rule: FaultRule): (() => void) => {
    // A copy is its own rule: the same literal switched on twice counts twice.
    const own = { ...rule }
    active.set(own, { seen: 0 })
    return () => active.delete(own)
  }
  for (const rule of rules) on(rule)
  return {
    on,
    clear: () => active.clear(),
    take: (request, target) => {
      const fault = takeFirst(active, target)
      if (fault !== undefined) taken.set(request, fault)
      return fault
    },
    of: (request) => taken.get(request),
  }
}

function takeFirst(active: Map<FaultRule, { seen: number }>, target: FaultTarget): Fault | undefined {
  let first: Fault | undefined
  for (const [rule, count] of active) {
    if (!matches(rule, target)) continue
    count.seen += 1
    const from = rule.from ?? 1
    const isChosen = count.seen >= from && count.seen < from + (rule.times ?? Infinity)
    if (isChosen && failsInTurn(rule.turns, count.seen - from)) first ??= rule.fault
  }
  return first
}

function failsInTurn(turns: FaultRule['turns'], index: number): boolean {
  return turns === undefined || turns[index % turns.length] === 'fails'
}

function matches(rule: FaultRule, target: FaultTarget): boolean {
  // Only the exchange itself looks at federated credentials: discovery requests are not counted as tries.
  if (rule.fault.kind === 'propagation' && !isTokenRequest(target)) return false
  if (isPlayedByStandIn(rule.fault) && !PLAYED_BY[rule.fault.kind].includes(target.standIn)) return false
  return (
    (rule.standIn ?? target.standIn) === target.standIn &&
    (rule.host ?? target.host) === target.host &&
    (rule.method ?? target.method) === target.method &&
    pathMatches(rule.path, target.path)
  )
}

function isTokenRequest(target: FaultTarget): boolean {
  return target.standIn === 'entra' && target.method === 'POST' && target.path.endsWith('/token')
}

function pathMatches(wanted: RegExp | string | undefined, path: string): boolean {
  if (wanted === undefined) return true
  // `search` ignores `lastIndex`, so that a pattern with the flag `g` matches every time.
  return typeof wanted === 'string' ? path.startsWith(wanted) : path.search(wanted) >= 0
}

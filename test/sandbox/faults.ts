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
  /** The stand-in does what was asked, then the connection is reset instead of the answer. */
  | { readonly kind: 'reset-after-request' }
  /** The stand-in is asked after this much time of the sandbox's clock. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** No answer ever; the connection stays open. */
  | { readonly kind: 'stall' }
  /** The answer's head and so many bytes of its body (as framed on the wire), then the connection ends. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** Entra's token endpoint behaves as if the federated credential had not reached this node yet. */
  | { readonly kind: 'propagation'; readonly code?: PropagationCode }

/** The refusals that a federated credential on its way to all nodes causes (protocols: retry bounded). */
export type PropagationCode = 70021 | 70025 | 700211 | 700212 | 700213

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
    if (count.seen >= from && count.seen < from + (rule.times ?? Infinity)) first ??= rule.fault
  }
  return first
}

function matches(rule: FaultRule, target: FaultTarget): boolean {
  // Only the exchange itself looks at federated credentials: discovery requests are not counted as tries.
  if (rule.fault.kind === 'propagation' && !isTokenRequest(target)) return false
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

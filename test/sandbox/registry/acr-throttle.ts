import type { World } from '../world.ts'
import type { AcrEndpoint } from './acr-hosts.ts'
import type { AcrRegistry } from './acr-config.ts'
import { acrStateOf } from './acr-state.ts'
import { refusal } from './refusal.ts'

/** Kinds of requests that are counted apart. */
export type ThrottledKind = 'reads' | 'writes' | 'tokens'

const MINUTE_MS = 60_000

/** Requests a minute (Microsoft's container-registry-skus, protocols.md section 7). */
const LIMITS: Readonly<Record<NonNullable<AcrRegistry['sku']>, Readonly<Record<ThrottledKind, number>>>> = {
  Basic: { reads: 10_000, writes: 2_000, tokens: 10_000 },
  Standard: { reads: 10_000, writes: 2_000, tokens: 10_000 },
  Premium: { reads: 20_000, writes: 4_000, tokens: 20_000 },
}

/** One identity has half of the registry's reads and writes. */
const SHARE_OF_IDENTITY = 0.5

/** [K] assumption: the text of a 429. */
const TOO_MANY = 'too many requests. Please retry after the time that the header Retry-After says.'

/**
 * Counts a request and refuses it when its minute is full. Each replica counts for itself (container-registry-geo-replication).
 * [K] assumption: windows of one minute that begin with their first request; a refused request is not counted.
 */
export const throttle = (
  world: World,
  endpoint: AcrEndpoint,
  asked: { readonly kind: ThrottledKind; readonly identity?: string },
): void => {
  const { registry } = endpoint
  const state = acrStateOf(world, registry)
  const replica = endpoint.region ?? state.route ?? ''
  const limit = registry.throttles?.[asked.kind] ?? LIMITS[registry.sku ?? 'Premium'][asked.kind]
  const counters = [
    { key: `${replica} ${asked.kind}`, limit },
    ...(asked.identity === undefined
      ? []
      : [{ key: `${replica} ${asked.kind} ${asked.identity}`, limit: Math.max(1, limit * SHARE_OF_IDENTITY) }]),
  ]
  const now = world.clock.now()
  const windows = counters.map((counter) => ({ ...counter, window: windowOf(state.windows, counter.key, now) }))
  const full = windows.find(({ limit: most, window }) => window.count + 1 > most)
  if (full !== undefined) {
    const seconds = Math.max(1, Math.ceil((full.window.startedAt + MINUTE_MS - now) / 1000))
    throw refusal('TOOMANYREQUESTS', { message: TOO_MANY, headers: { 'Retry-After': String(seconds) } })
  }
  for (const { window } of windows) window.count += 1
}

const windowOf = (
  windows: Map<string, { startedAt: number; count: number }>,
  key: string,
  now: number,
): { startedAt: number; count: number } => {
  const known = windows.get(key)
  if (known !== undefined && now - known.startedAt < MINUTE_MS) return known
  const fresh = { startedAt: now, count: 0 }
  windows.set(key, fresh)
  return fresh
}

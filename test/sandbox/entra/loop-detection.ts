import type { World } from '../world.ts'
import type { Check, Exchange } from './exchange.ts'
import { refuse } from './refusals.ts'

const seen = new WeakMap<World, Map<string, readonly number[]>>()

/**
 * Too many of the same request in too short a time, when the state says how many (protocols §1.7). [K] assumption: what
 * counts as the same, and that a refused request counts too.
 */
export const loopCheck: Check = {
  name: 'no loop of requests',
  applies: ({ world }) => world.config.entra?.loopDetection !== undefined,
  run: (exchange) => (isLoop(exchange) ? refuse(50196) : undefined),
}

function isLoop({ world, tenantSegment, form }: Exchange): boolean {
  const { requests = Infinity, seconds = 0 } = world.config.entra?.loopDetection ?? {}
  const times = seen.get(world) ?? new Map<string, readonly number[]>()
  seen.set(world, times)
  const request = [tenantSegment, form.get('client_id'), form.get('scope'), form.get('resource')].join(' ')
  const now = world.clock.now()
  const recent = [...(times.get(request) ?? []), now].filter((time) => time > now - seconds * 1000)
  times.set(request, recent)
  return recent.length > requests
}

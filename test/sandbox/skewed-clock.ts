import { AsyncLocalStorage } from 'node:async_hooks'
import type { SandboxClock } from './world.ts'

const skew = new AsyncLocalStorage<number>()

/** The sandbox's time, which reads differently for whoever runs under {@link withSkew}. */
export function createSkewableClock(clock: SandboxClock): SandboxClock {
  return {
    now: () => clock.now() + (skew.getStore() ?? 0),
    advance: (ms) => clock.advance(ms),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  }
}

/** Runs what a stand-in does with its clock this much ahead. Each request has its own: one does not skew what it asks others. */
export function withSkew<Result>(ms: number, run: () => Result): Result {
  return skew.run(ms, run)
}

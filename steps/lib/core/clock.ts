import { setTimeout as delay } from 'node:timers/promises'

/** Time as it is passed in: `now` in epoch milliseconds, `sleep` ends early (rejecting) when the signal aborts. */
export type Clock = {
  now(): number
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal })
  },
}

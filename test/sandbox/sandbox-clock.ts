import type { SandboxClock } from './world.ts'

type Sleeper = { readonly wakeAt: number; readonly wake: () => void }

/** Options of {@link createSandboxClock}. */
export type SandboxClockOptions = {
  /** Epoch milliseconds at the start; the real time when absent. */
  readonly startAt?: number
  /** Whether time stands still but for `advance`. Clients outside this process live in real time, so the default is false. */
  readonly frozen?: boolean
}

/** The time of the clouds: flows like the real one, and jumps ahead when a test says so. */
export function createSandboxClock(options: SandboxClockOptions = {}): SandboxClock {
  const frozen = options.frozen === true
  const startedAt = Date.now()
  let offset = (options.startAt ?? startedAt) - startedAt
  const now = (): number => (frozen ? startedAt : Date.now()) + offset
  const sleepers = new Set<Sleeper>()
  return {
    now,
    advance: (ms) => {
      offset += ms
      for (const sleeper of sleepers) if (sleeper.wakeAt <= now()) sleeper.wake()
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(abortReason(signal))
        const leave = (): void => {
          sleepers.delete(sleeper)
          clearTimeout(timer)
          signal?.removeEventListener('abort', abort)
        }
        const wake = (): void => (leave(), resolve())
        const abort = (): void => (leave(), reject(abortReason(signal)))
        const sleeper = { wakeAt: now() + ms, wake }
        const timer = frozen ? undefined : setTimeout(wake, ms)
        sleepers.add(sleeper)
        signal?.addEventListener('abort', abort)
      }),
  }
}

function abortReason(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('aborted')
}

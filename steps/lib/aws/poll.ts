import type { StepError } from '../core/errors.ts'
import type { Patience } from '../core/retry.ts'

const firstWaitMs = 2000
const longestWaitMs = 15_000
const growth = 1.5

/**
 * Looks until there is something to see, less and less often and never quite at the same times as others (half of each wait is
 * jitter). Throws what `look` throws, `late()` when the next look would be after the run's deadline, and the reason of an abort.
 */
export async function poll<T>(
  { clock, random, signal, deadlineAt }: Patience,
  look: () => Promise<T | undefined>,
  late: () => StepError,
): Promise<T> {
  for (let longest = firstWaitMs; ; longest = Math.min(longestWaitMs, longest * growth)) {
    const seen = await look()
    if (seen !== undefined) return seen
    const wait = (longest / 2) * (1 + random())
    if (clock.now() + wait > deadlineAt) throw late()
    await clock.sleep(wait, signal).catch((error: unknown) => {
      signal.throwIfAborted()
      throw error
    })
    signal.throwIfAborted()
  }
}

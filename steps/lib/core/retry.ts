import type { Clock } from './clock.ts'
import { errorRow } from './error-table.ts'
import type { RetryClass } from './errors/row.ts'
import { StepError, stepError } from './errors.ts'

/** What all attempts of one run share: its time, its end, and who is told of a retry. */
export type Patience = {
  readonly clock: Clock
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number
  /** Aborts when the run is cancelled or its deadline has passed. */
  readonly signal: AbortSignal
  /** Epoch milliseconds after which no attempt is started. */
  readonly deadlineAt: number
  /** How long after its first sight an error of propagation is retried, in milliseconds. */
  readonly propagationWaitMs: number
  readonly onRetry: (error: StepError, waitMs: number) => void
}

/** Attempts at most, first wait and longest wait of a class, in milliseconds; `within` bounds them from the first failure on. */
type Pace = {
  readonly attempts: number
  readonly firstMs: number
  readonly longestMs: number
  readonly within?: number
}

const paces: Readonly<Record<Exclude<RetryClass, 'never'>, Pace>> = {
  transient: { attempts: 6, firstMs: 250, longestMs: 15_000 },
  propagation: { attempts: Number.POSITIVE_INFINITY, firstMs: 1000, longestMs: 10_000 },
  keys: { attempts: 3, firstMs: 1000, longestMs: 4000, within: 10_000 },
  reread: { attempts: 2, firstMs: 0, longestMs: 0 },
}

/** Who asks for longer, by `Retry-After`, is asked again by the next run. */
const longestWaitMs = 5 * 60_000

/**
 * Runs `attempt` until it succeeds or its error's class allows no more: exponential back-off with full jitter, `Retry-After`
 * obeyed, never beyond the run's deadline. The last error is thrown; DEADLINE_EXCEEDED, with it as cause, when only the deadline stopped us.
 */
export async function retry<T>(patience: Patience, attempt: () => Promise<T>): Promise<T> {
  const tries = new Map<RetryClass, { count: number; since: number }>()
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof StepError) || patience.signal.aborted) throw error
      const wait = nextWait(patience, error, tries)
      patience.onRetry(error, wait)
      await patience.clock.sleep(wait, patience.signal)
    }
  }
}

function nextWait(
  patience: Patience,
  error: StepError,
  tries: Map<RetryClass, { count: number; since: number }>,
): number {
  const kind = errorRow(error.code).retry
  if (kind === 'never') throw error
  const pace = paces[kind]
  const now = patience.clock.now()
  const seen = tries.get(kind) ?? { count: 0, since: now }
  tries.set(kind, { count: seen.count + 1, since: seen.since })
  const jittered = patience.random() * Math.min(pace.longestMs, pace.firstMs * 2 ** seen.count)
  const wait = Math.max(error.retryAfterMs ?? 0, jittered)
  const within = kind === 'propagation' ? patience.propagationWaitMs : pace.within
  if (seen.count + 1 >= pace.attempts || wait > longestWaitMs) throw error
  if (within !== undefined && now + wait - seen.since >= within) throw error
  if (now + wait > patience.deadlineAt) throw deadlineExceeded(patience.deadlineAt, error)
  return wait
}

function deadlineExceeded(deadlineAt: number, last: StepError): StepError {
  return stepError(
    'DEADLINE_EXCEEDED',
    { deadline: new Date(deadlineAt).toISOString() },
    { cause: last, upstream: last.upstream ?? { service: last.code, message: last.message } },
  )
}

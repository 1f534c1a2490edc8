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

/** How a class is retried; all times in milliseconds. */
type Pace = {
  readonly attempts: number
  /** Bounds of the first wait and of the longest one. */
  readonly firstMs: number
  readonly longestMs: number
  /** No attempt later than this after the first failure. */
  readonly within?: number
  /** Failures that name the time to come again do not count as attempts, for so long after the first failure. */
  readonly askedWithin?: number
}

const paces: Readonly<Record<Exclude<RetryClass, 'never'>, Pace>> = {
  transient: { attempts: 6, firstMs: 250, longestMs: 15_000, askedWithin: 20 * 60_000 },
  propagation: { attempts: Number.POSITIVE_INFINITY, firstMs: 1000, longestMs: 10_000 },
  keys: { attempts: 3, firstMs: 1000, longestMs: 4000, within: 10_000 },
  reread: { attempts: 2, firstMs: 0, longestMs: 0 },
}

/** Who asks for longer, by `Retry-After`, is asked again by the next run. */
const longestWaitMs = 5 * 60_000

/** Part of a wait that was asked for over which those who were sent away together come back. */
const herdSpread = 0.25

/** The failures of one class so far: all of them, those that named no time to come again, and when the first one was. */
type Tries = { readonly count: number; readonly unasked: number; readonly since: number }

/**
 * Runs `attempt` until it succeeds or its error's class allows no more: exponential back-off with full jitter, on top of `Retry-After`
 * where there is one, never beyond the run's deadline. Whoever is throttled beside many others may lose its turn over and over: that
 * does not use up its attempts. The last error is thrown; DEADLINE_EXCEEDED, with it as cause, when only the deadline stopped us.
 */
export async function retry<T>(patience: Patience, attempt: () => Promise<T>): Promise<T> {
  const tries = new Map<RetryClass, Tries>()
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

function nextWait(patience: Patience, error: StepError, tries: Map<RetryClass, Tries>): number {
  const kind = errorRow(error.code).retry
  if (kind === 'never') throw error
  const pace = paces[kind]
  const now = patience.clock.now()
  const { count, unasked, since } = tries.get(kind) ?? { count: 0, unasked: 0, since: now }
  const asked = error.retryAfterMs
  const isAsked = asked !== undefined && now - since < (pace.askedWithin ?? 0)
  const seen = { count: count + 1, unasked: unasked + (isAsked ? 0 : 1), since }
  tries.set(kind, seen)
  if (seen.unasked >= pace.attempts || (asked ?? 0) > longestWaitMs) throw error
  const wait = (asked ?? 0) + jitter(patience, { pace, count, asked })
  const within = kind === 'propagation' ? patience.propagationWaitMs : pace.within
  if (within !== undefined && now + wait - since >= within) throw error
  if (now + wait > patience.deadlineAt) throw deadlineExceeded(patience.deadlineAt, error)
  return wait
}

function jitter(
  patience: Patience,
  { pace, count, asked = 0 }: { pace: Pace; count: number; asked?: number | undefined },
): number {
  const backOff = Math.max(pace.firstMs * 2 ** count, asked * herdSpread)
  return patience.random() * Math.min(pace.longestMs, backOff)
}

function deadlineExceeded(deadlineAt: number, last: StepError): StepError {
  return stepError(
    'DEADLINE_EXCEEDED',
    { deadline: new Date(deadlineAt).toISOString() },
    { cause: last, upstream: last.upstream ?? { service: last.code, message: last.message } },
  )
}

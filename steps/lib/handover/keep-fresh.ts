import type { Clock } from '../core/clock.ts'
import { errorRow } from '../core/error-table.ts'
import { asStepError, type StepError } from '../core/errors.ts'

/** What is kept fresh in files: it is obtained and written anew, all of it, as often as that has to be. */
export type Kept = {
  /** For people. */
  readonly name: string
  /** Obtains it by an exchange of its own, has the hand-out recorded, writes it; gives when the first of it ends, in epoch milliseconds. */
  renew(): Promise<number>
  /** Takes away what was written. */
  withdraw(): Promise<void>
}

/** What happens to it, for those who are to know. */
export type KeptEvent =
  | { readonly kind: 'renewed'; readonly expiresAt: number }
  /** It could not be renewed just now; `expiresAt` is the end of what is there, which is tried again until then and after. */
  | { readonly kind: 'delayed'; readonly error: StepError; readonly expiresAt: number; readonly waitMs: number }
  /** What was there has ended, and was taken away; it is still tried again. */
  | { readonly kind: 'ended' }
  /** Nobody gets it any more, and it was taken away. */
  | { readonly kind: 'refused'; readonly error: StepError }
  /** It could not be taken away. */
  | { readonly kind: 'left'; readonly error: StepError }

/** Time, the end of it all, and who is told. */
export type Keeping = {
  readonly clock: Clock
  /** Aborts when nothing is to be handed out any more. A renewal on its way is not waited for: it must be refused to write by then. */
  readonly signal: AbortSignal
  /** How old what is there may become, however long it lives: access that was taken away ends by then. In milliseconds. */
  readonly oldestMs: number
  readonly tell: (event: KeptEvent) => void
}

/** Whoever reads the file has half of its life left, at least. */
const partOfLife = 0.5

/** However short a life is said to be: the other side is not asked more often. */
const leastWaitMs = 1000

/** What failed is tried again after a quarter of the life that is left, and no later. */
const longestRetryMs = 60_000
const leastRetryMs = 10_000

/** A sleep beyond that would not notice that the clock was set, or that the machine was asleep. */
const longestSleepMs = 60_000

/** Exit statuses of errors that another try may mend: the other side is not available, or the file system is full. */
const passing: readonly number[] = [74, 75]

/**
 * Keeps it fresh until the signal aborts or it is refused; what was written is taken away then, whoever ended it. `expiresAt` is what the first
 * `renew` gave, which the caller has made, so that the first failure is the caller's. Gives the refusal, or undefined; it never throws.
 */
export async function keepFresh(kept: Kept, expiresAt: number, keeping: Keeping): Promise<StepError | undefined> {
  const refusal = await renewUntilRefused(kept, expiresAt, keeping)
  await withdraw(kept, keeping)
  if (refusal !== undefined) keeping.tell({ kind: 'refused', error: refusal })
  return refusal
}

async function renewUntilRefused(kept: Kept, first: number, keeping: Keeping): Promise<StepError | undefined> {
  const { clock, signal, oldestMs, tell } = keeping
  let expiresAt = first
  const dueOf = (now: number) => now + Math.max(leastWaitMs, Math.min(oldestMs, (expiresAt - now) * partOfLife))
  let dueAt = dueOf(clock.now())
  let isThere = true
  while (await sleepUntil(dueAt, keeping)) {
    try {
      expiresAt = await untilAborted(kept.renew(), signal)
      isThere = true
      dueAt = dueOf(clock.now())
      tell({ kind: 'renewed', expiresAt })
    } catch (thrown) {
      // Whatever an aborted request threw, it was aborted.
      if (signal.aborted) return undefined
      const error = asStepError(thrown)
      if (!passing.includes(errorRow(error.code).exit)) return error
      const waitMs = retryWait(expiresAt - clock.now())
      dueAt = clock.now() + waitMs
      if (isThere && expiresAt <= clock.now()) {
        isThere = false
        await withdraw(kept, keeping)
        tell({ kind: 'ended' })
      }
      tell({ kind: 'delayed', error, expiresAt, waitMs })
    }
  }
  return undefined
}

function retryWait(left: number): number {
  return left <= 0 ? longestRetryMs : Math.min(longestRetryMs, Math.max(leastRetryMs, left / 4))
}

/** Rejects when the signal aborts; the work goes on by itself then. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(new Error('aborted', { cause: signal.reason }))
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Whether the time has come; false when the signal aborts before. */
async function sleepUntil(time: number, { clock, signal }: Keeping): Promise<boolean> {
  try {
    while (!signal.aborted && clock.now() < time) {
      await clock.sleep(Math.min(longestSleepMs, time - clock.now()), signal)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return !signal.aborted
}

async function withdraw(kept: Kept, { tell }: Keeping): Promise<void> {
  try {
    await kept.withdraw()
  } catch (thrown) {
    tell({ kind: 'left', error: asStepError(thrown) })
  }
}

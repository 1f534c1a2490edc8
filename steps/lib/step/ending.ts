import { asStepError, stepError } from '../core/errors.ts'

/** Why a run may have to stop before it is done. */
export type Ending = {
  /** Aborts on SIGTERM, SIGINT, at the deadline and on an error that nobody caught; its reason is the error that the step then ends with. */
  readonly signal: AbortSignal
  /** Rejects a moment after the signal, should the work not have stopped by itself: the record is written in time in any case. */
  readonly forced: Promise<never>
  /** Sets the overall deadline, counted from the start of the watch; `text` is what the error calls it. */
  endAfter(ms: number, text: string): void
  /** Stops the clocks; what comes from now on changes nothing of how the work has ended. */
  stop(): void
  /** The time that is left for the record, once the work is over. */
  farewell(): Farewell
}

/** For how long a record may be on its way. A signal that comes meanwhile shortens it. */
export type Farewell = {
  readonly signal: AbortSignal
  /** Epoch milliseconds. */
  readonly deadlineAt: number
}

/** Tekton's SIGKILL comes 30 s after SIGTERM; a step ends within one. */
const graceMs = 600

/** What a record gets at least, and after a signal at most: ten seconds are left before SIGKILL to print it. */
const farewellMs = 20_000

/** What of those ten seconds goes to the record of a program that works on after the signal. */
const lateFarewellMs = 7000

/**
 * Watches for the end from outside; there is no deadline until one is set. What serves others gets SIGTERM at the same moment as they do: it
 * may work on for a while, so that they can end well.
 */
export function watchForEnding(host: NodeJS.Process, workOnMs = 0): Ending {
  const started = performance.now()
  const controller = new AbortController()
  const { promise: forced, reject } = Promise.withResolvers<never>()
  // Nobody may be waiting yet, or any more: that is no error of its own.
  forced.catch(() => {})
  let grace: NodeJS.Timeout | undefined
  let isOver = false
  const end = (reason: Error) => {
    if (isOver) return
    controller.abort(reason)
    grace ??= setTimeout(() => reject(reason), graceMs)
  }
  const times = createTimes(workOnMs === 0 ? farewellMs : workOnMs + lateFarewellMs)
  let workingOn: NodeJS.Timeout | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    times.signalled()
    const cancel = () => end(stepError('CANCELLED', { signal }))
    if (workOnMs === 0) cancel()
    else workingOn ??= setTimeout(cancel, workOnMs)
  }
  let deadline: NodeJS.Timeout | undefined
  // Without this the process would be gone without a record.
  const onUncaught = (error: unknown) => end(asStepError(error))
  host.on('uncaughtException', onUncaught)
  host.on('SIGTERM', onSignal)
  host.on('SIGINT', onSignal)
  return {
    signal: controller.signal,
    forced,
    endAfter: (ms, text) => {
      clearTimeout(deadline)
      const left = ms - (performance.now() - started)
      times.deadlineIn(left)
      deadline = setTimeout(() => end(stepError('DEADLINE_EXCEEDED', { deadline: text })), left)
    },
    stop: () => {
      isOver = true
      clearTimeout(deadline)
      clearTimeout(grace)
      clearTimeout(workingOn)
      // Signals and stray errors are still caught: one more, while the record is on its way, would end the process without it.
    },
    farewell: () => times.farewell(),
  }
}

type Times = {
  signalled(): void
  deadlineIn(ms: number): void
  farewell(): Farewell
}

/** Keeps what the farewell is counted from: the first signal, or the run's own deadline. */
function createTimes(afterSignalMs: number): Times {
  const controller = new AbortController()
  let signalledAt: number | undefined
  let deadlineAt = 0
  let timer: NodeJS.Timeout | undefined
  const endIn = (ms: number): void => {
    clearTimeout(timer)
    timer = setTimeout(() => controller.abort(new Error('the time for the record is over')), ms)
  }
  return {
    signalled: () => {
      if (signalledAt !== undefined) return
      signalledAt = performance.now()
      if (timer !== undefined) endIn(farewellMs)
    },
    deadlineIn: (ms) => {
      deadlineAt = performance.now() + ms
    },
    farewell: () => {
      const now = performance.now()
      const left =
        signalledAt === undefined ? Math.max(farewellMs, deadlineAt - now) : signalledAt + afterSignalMs - now
      endIn(left)
      return { signal: controller.signal, deadlineAt: Date.now() + left }
    },
  }
}

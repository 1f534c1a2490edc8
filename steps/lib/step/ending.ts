import { asStepError, stepError } from '../core/errors.ts'

/** Why a run may have to stop before it is done. */
export type Ending = {
  /** Aborts on SIGTERM, SIGINT, at the deadline and on an error that nobody caught; its reason is the error that the step then ends with. */
  readonly signal: AbortSignal
  /** Rejects a moment after the signal, should the work not have stopped by itself: the record is written in time in any case. */
  readonly forced: Promise<never>
  /** Sets the overall deadline, counted from the start of the watch; `text` is what the error calls it. */
  endAfter(ms: number, text: string): void
  /** Stops the clocks; what comes from now on changes nothing. */
  stop(): void
}

/** Tekton's SIGKILL comes 30 s after SIGTERM; a step ends within one. */
const graceMs = 600

/** Watches for the end from outside; there is no deadline until one is set. */
export function watchForEnding(host: NodeJS.Process): Ending {
  const started = performance.now()
  const controller = new AbortController()
  const { promise: forced, reject } = Promise.withResolvers<never>()
  // Nobody may be waiting yet, or any more: that is no error of its own.
  forced.catch(() => {})
  let grace: NodeJS.Timeout | undefined
  const end = (reason: Error) => {
    controller.abort(reason)
    grace ??= setTimeout(() => reject(reason), graceMs)
  }
  const onSignal = (signal: NodeJS.Signals) => end(stepError('CANCELLED', { signal }))
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
      deadline = setTimeout(() => end(stepError('DEADLINE_EXCEEDED', { deadline: text })), left)
    },
    stop: () => {
      clearTimeout(deadline)
      clearTimeout(grace)
      host.off('uncaughtException', onUncaught)
      // Signals are still caught: one more, while the record is being written, would end the process without it.
    },
  }
}

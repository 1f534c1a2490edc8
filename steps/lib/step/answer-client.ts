import { systemClock } from '../core/clock.ts'
import { errorRow } from '../core/error-table.ts'
import { stepError, type StepError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import type { Undelivered } from '../audit/record-sink.ts'
import { notDelivered, openCourier } from './courier.ts'
import type { ResultsOf, StepDefinition } from './define-step.ts'
import type { Leaving } from './leave.ts'
import type { Log } from './log.ts'
import { runStep } from './run-step.ts'
import { readSinkSettings, type SinkSettings } from './sink-settings.ts'
import type { StepCall } from './step-call.ts'
import { writeLineSync } from './write-line.ts'

/** Work whose outcome is what a client reads from standard output. */
export type Answer<S extends StepDefinition> = (call: StepCall<S>) => Promise<Secret>

/**
 * The life of a program that other people's clients start. They take standard output for the answer and may throw standard error away, so the
 * record goes to the sink of the profile, and before the answer: what is not recorded is not handed out, unless the profile says `warn`. The
 * step's own check sees to it that there is a sink. Returns the exit status; it never throws.
 */
export async function answerClient<
  const S extends StepDefinition & { readonly results: Readonly<Record<string, never>> },
>(step: S, load: () => Promise<Answer<S>>, host: NodeJS.Process): Promise<number> {
  let answer: Secret | undefined
  const loadRun = async () => {
    const work = await load()
    return async (call: StepCall<S>) => {
      answer = await work(call)
      // The type of the declaration allows no other results.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return {} as ResultsOf<S>
    }
  }
  return await runStep(step, loadRun, host, {
    log: quiet,
    leave: async (leaving) => await leaveAnswering(leaving, answer),
  })
}

/** Clients show standard error, if at all, when the program has failed: then what is wrong is all that should stand there. */
function quiet(log: Log): Log {
  return {
    error: (error, step) => log.error(error, step),
    inputs: () => {},
    line: (word, text) => {
      if (word === 'warning') log.line(word, text)
    },
  }
}

async function leaveAnswering(leaving: Leaving, answer: Secret | undefined): Promise<number> {
  const { end, log, step } = leaving
  const settings = readSinkSettings(leaving.env, [], leaving.side)
  const unrecorded = settings === undefined ? undefined : await deliverRecord(leaving, settings)
  const failure = end.error ?? unrecorded
  if (failure !== undefined) return errorRow(failure.code).exit
  if (settings === undefined || answer === undefined) throw new TypeError(`${step} would hand out without a record`)
  try {
    writeLineSync(1, answer.reveal())
    return 0
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const unread = stepError('HANDOVER_NOT_PRINTED', { reason }, { cause: error })
    log.error(unread, step)
    return errorRow(unread.code).exit
  }
}

/** Gives the error for which nothing is handed out; undefined when the sink has the record, or need not. */
async function deliverRecord(leaving: Leaving, settings: SinkSettings): Promise<StepError | undefined> {
  const { end, log, step } = leaving
  // Work that did not stop by itself would go on while its record is on its way.
  leaving.stopWork()
  const hasFailed = end.error !== undefined
  const courier = await openCourier(settings, { ...leaving, log: quiet(log), farewell: leaving.farewell(), hasFailed })
  const loss = await courier.deliver(finish(leaving, end.error))
  if (loss === undefined) return undefined
  const sink = settings.url.href
  const undelivered = [{ sink, code: loss.code }]
  if (settings.failure === 'warn' || hasFailed) {
    log.line('warning', `The audit record did not reach ${sink}: ${loss.code} ${loss.message}`)
    log.line('record', finish(leaving, end.error, undelivered))
    return undefined
  }
  const error = notDelivered(settings, loss, 'HANDOVER_NOT_RECORDED')
  log.error(error, step)
  log.line('record', finish(leaving, error, undelivered))
  return error
}

function finish(
  { record, end }: Leaving,
  error: StepError | undefined,
  undelivered: readonly Undelivered[] = [],
): string {
  const outcome = error === end.error ? end.outcome : 'failed'
  return record.finish({ outcome, error, finishedAt: systemClock.now(), undelivered })
}

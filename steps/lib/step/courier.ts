import { systemClock } from '../core/clock.ts'
import { asStepError, describeError, stepError, type StepError } from '../core/errors.ts'
import type { Patience } from '../core/retry.ts'
import { deliver } from '../sink/deliver.ts'
import { showDuration } from './duration.ts'
import type { Farewell } from './ending.ts'
import type { Log } from './log.ts'
import { openSink, type SinkOpening } from './open-sink.ts'
import type { SinkSettings } from './sink-settings.ts'

/** Brings the finished record to the sink of the profile. */
export type Courier = {
  /** Undefined when the sink has it, else why not. It never throws. */
  deliver(line: string): Promise<StepError | undefined>
}

/** An identity may be known to some nodes of Entra only, also after a first success. A step that failed has waited for it already. */
const propagationWaitMs = 20_000

type Waiting = { readonly log: Log; readonly farewell: Farewell; readonly hasFailed: boolean }

/** Opens the way to the sink, for as long as the farewell lasts. It never throws: what is wrong shows at the delivery. */
export async function openCourier(
  settings: SinkSettings,
  opening: Omit<SinkOpening, 'patience'> & Waiting,
): Promise<Courier> {
  const patience = patienceOf(opening)
  try {
    const sink = await openSink(settings, { ...opening, patience })
    return {
      deliver: async (line) => {
        try {
          await deliver(sink, line, patience)
          opening.log.line('record', `delivered to ${sink.place}`)
          return undefined
        } catch (error) {
          return asStepError(error)
        }
      },
    }
  } catch (error) {
    const reason = patience.signal.aborted ? outOfTime(settings) : asStepError(error)
    return { deliver: async () => reason }
  }
}

/** The error of a step whose work is done and whose record did not arrive; the code says what comes of that. */
export function notDelivered(
  settings: SinkSettings,
  loss: StepError,
  code: 'RECORD_NOT_DELIVERED' | 'HANDOVER_NOT_RECORDED' = 'RECORD_NOT_DELIVERED',
): StepError {
  const { remedy } = describeError(loss)
  const values = {
    sink: settings.url.href,
    reason: loss.message,
    cause: loss.code,
    'remedy of the cause': remedy,
  }
  return stepError(code, values, { cause: loss, upstream: loss.upstream, faults: loss.faults })
}

function patienceOf({ log, farewell, hasFailed }: Waiting): Patience {
  return {
    clock: systemClock,
    random: Math.random,
    signal: farewell.signal,
    deadlineAt: farewell.deadlineAt,
    propagationWaitMs: hasFailed ? 0 : propagationWaitMs,
    onRetry: (error, waitMs) => log.line('retry', `${error.code} (${error.message}) again in ${showDuration(waitMs)}`),
  }
}

function outOfTime({ url }: SinkSettings): StepError {
  return stepError('SINK_UNAVAILABLE', { sink: url.href, reason: 'there was no time to obtain a token for it' })
}

import type { RecordSink } from '../audit/record-sink.ts'
import { asStepError, isCode, stepError, StepError } from '../core/errors.ts'
import { retry, type Patience } from '../core/retry.ts'

/**
 * Hands an event to a sink, again by the class of each failure, the same bytes each time. Rejects with what the sink said last, also where
 * only the time has run out.
 */
export async function deliver(sink: RecordSink, event: string, patience: Patience): Promise<void> {
  let last: StepError | undefined
  const attempt = async () => {
    try {
      await sink.send(event, patience.signal)
    } catch (error) {
      if (!patience.signal.aborted) last = asStepError(error)
      throw error
    }
  }
  try {
    await retry(patience, attempt)
  } catch (error) {
    if (!patience.signal.aborted && !isCode(error, 'DEADLINE_EXCEEDED')) throw error
    throw last ?? stepError('SINK_UNAVAILABLE', { sink: sink.place, reason: 'it gave no answer in time' })
  }
}

import { createHash } from 'node:crypto'
import { systemClock } from '../core/clock.ts'
import { errorRow } from '../core/error-table.ts'
import { asStepError, stepError, type StepError } from '../core/errors.ts'
import type { Outcome, RecordDraft, RunContext } from '../audit/record.ts'
import type { Undelivered } from '../audit/record-sink.ts'
import { notDelivered, openCourier } from './courier.ts'
import type { Farewell } from './ending.ts'
import type { Log } from './log.ts'
import { withdrawResults, writeResults } from './results.ts'
import { readSinkSettings, type SinkSettings } from './sink-settings.ts'
import { writeLineSync } from './write-line.ts'

/** How the work of a step ended. */
export type End = {
  readonly outcome: Outcome
  readonly error?: StepError
  readonly results: Readonly<Record<string, string>>
}

export type Leaving = {
  readonly id: string
  readonly step: string
  /** Of a step that acts as two: the one that sends the record. */
  readonly side?: string | undefined
  /** Whether it has results, that of its record among them; a sidecar has none. */
  readonly hasResults: boolean
  readonly end: End
  readonly record: RecordDraft
  readonly context: RunContext
  /** The environment as the step was started with. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Log
  readonly farewell: () => Farewell
  /** Lets nothing of the work leave any more. */
  readonly stopWork: () => void
}

/** The record as it goes out, and the end that it tells of. */
type Sealed = { readonly line: string; readonly end: End }

/**
 * The one place where a step ends: the record's bytes first, so that the result can carry their hash; then the results; then the sink, which so
 * learns of results that could not be written; the printed record last, which so learns of a sink that did not take it. Returns the exit status.
 */
export async function leave(leaving: Leaving): Promise<number> {
  const settings = readSinkSettings(leaving.env, [], leaving.side)
  const sealed = settings === undefined ? seal(leaving, leaving.end) : await sealAndDeliver(leaving, settings)
  return print(leaving, sealed)
}

async function sealAndDeliver(leaving: Leaving, settings: SinkSettings): Promise<Sealed> {
  // Work that did not stop by itself would go on while its record is on its way.
  leaving.stopWork()
  const hasFailed = leaving.end.error !== undefined
  const courier = await openCourier(settings, { ...leaving, farewell: leaving.farewell(), hasFailed })
  const sealed = seal(leaving, leaving.end)
  const loss = await courier.deliver(sealed.line)
  return loss === undefined ? sealed : sealLost(leaving, { settings, loss, end: sealed.end })
}

/** The record is sealed anew: what is printed says that the sink lacks it, and never `ok` of a step that fails for it. */
function sealLost(
  leaving: Leaving,
  { settings, loss, end }: { settings: SinkSettings; loss: StepError; end: End },
): Sealed {
  const { log, step, env } = leaving
  const undelivered = [{ sink: settings.url.href, code: loss.code }]
  const error = notDelivered(settings, loss)
  if (settings.failure === 'warn' || end.error !== undefined) {
    // A step that failed for another reason says that reason.
    log.line('warning', `The audit record did not reach ${settings.url.href}: ${loss.code} ${loss.message}`)
    return seal(leaving, end, undelivered)
  }
  log.error(error, step)
  withdrawResults(Object.keys(end.results), env)
  return seal(leaving, { outcome: 'failed', error, results: {} }, undelivered)
}

function seal(
  { id, step, hasResults, record, env, log }: Leaving,
  end: End,
  undelivered: readonly Undelivered[] = [],
): Sealed {
  const finish = ({ outcome, error }: End) =>
    record.finish({ outcome, error, finishedAt: systemClock.now(), undelivered })
  const line = finish(end)
  if (!hasResults) return { line, end }
  try {
    const hash = createHash('sha256').update(line).digest('hex')
    writeResults({ ...end.results, record: `${id} sha256:${hash}` }, env)
    return { line, end }
  } catch (error) {
    // A step that failed for another reason says that reason, also where it could not leave its result.
    if (end.error !== undefined) return { line, end }
    const unwritten = asStepError(error)
    log.error(unwritten, step)
    const failed: End = { outcome: 'failed', error: unwritten, results: {} }
    return { line: finish(failed), end: failed }
  }
}

function print({ step, log }: Leaving, { line, end }: Sealed): number {
  let failure = end.error
  try {
    writeLineSync(1, line)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    failure ??= stepError('RECORD_NOT_WRITTEN', { reason }, { cause: error })
    log.error(stepError('RECORD_NOT_WRITTEN', { reason }), step)
  }
  return failure === undefined ? 0 : errorRow(failure.code).exit
}

import { createHash, randomUUID } from 'node:crypto'
import { systemClock } from '../core/clock.ts'
import { errorRow } from '../core/error-table.ts'
import { asStepError, stepError, type StepError } from '../core/errors.ts'
import { version } from '../core/version.ts'
import { openRecord, type Outcome, type RecordDraft } from '../audit/record.ts'
import type { ResultsOf, StepDefinition } from './define-step.ts'
import { watchForEnding, type Ending } from './ending.ts'
import { createLog, type Log } from './log.ts'
import { writeResults } from './results.ts'
import { readRunContext } from './run-context.ts'
import { openStepCall, type StepCall } from './step-call.ts'
import { writeLineSync } from './write-line.ts'

/** A step's work: typed inputs in, one string per declared result out. */
export type Run<S extends StepDefinition> = (call: StepCall<S>) => Promise<ResultsOf<S>>

type End = { readonly outcome: Outcome; readonly error?: StepError; readonly results: Readonly<Record<string, string>> }

/**
 * The life of one step process: open the record, read the inputs, run, finish the record, write the results, print the record.
 * Returns the exit status; it never throws.
 */
export async function runStep<const S extends StepDefinition>(
  step: S,
  load: () => Promise<Run<S>>,
  host: NodeJS.Process,
): Promise<number> {
  const context = readRunContext(host.env)
  const env = { ...host.env }
  const id = randomUUID()
  const record = openRecord({ id, step: step.name, version, startedAt: systemClock.now(), context })
  const log = createLog((text) => host.stderr.write(text), columnsOf(host))
  // A reader that is gone takes the text for people with it, not the step and its record.
  host.stderr.on('error', () => {})
  const ending = watchForEnding(host)
  const call = () => openStepCall(step, { host, context, record, log, ending })
  const end = await workUntilEnd(call, load, ending)
  ending.stop()
  if (end.error !== undefined) log.error(end.error, step.name)
  return leave(step, { id, end, record, env, log })
}

async function workUntilEnd<S extends StepDefinition>(
  call: () => StepCall<S>,
  load: () => Promise<Run<S>>,
  ending: Ending,
): Promise<End> {
  try {
    const opened = call()
    const run = await load()
    const results = await Promise.race([run(opened), ending.forced])
    return { outcome: 'ok', results: { ...results } }
  } catch (error) {
    // Whatever an aborted request threw, the reason for the end is why it was aborted.
    const stepFailure = asStepError(ending.signal.aborted ? ending.signal.reason : error)
    return { outcome: outcomeOf(stepFailure), error: stepFailure, results: {} }
  }
}

function outcomeOf(error: StepError): Outcome {
  const { exit } = errorRow(error.code)
  if (exit === 143) return 'cancelled'
  return exit === 77 ? 'refused' : 'failed'
}

type Leaving = { id: string; end: End; record: RecordDraft; env: NodeJS.ProcessEnv; log: Log }

/** The one place where a step ends: the record's bytes first, so that the result can carry their hash, the record last. */
function leave(step: StepDefinition, { id, end, record, env, log }: Leaving): number {
  const finish = (error: StepError | undefined, outcome: Outcome) =>
    record.finish({ outcome, error, finishedAt: systemClock.now() })
  let line = finish(end.error, end.outcome)
  let failure = end.error
  try {
    const hash = createHash('sha256').update(line).digest('hex')
    writeResults({ ...end.results, record: `${id} sha256:${hash}` }, env)
  } catch (error) {
    const unwritten = asStepError(error)
    // A step that failed for another reason says that reason, also where it could not leave its result.
    if (end.error === undefined) {
      failure = unwritten
      log.error(unwritten, step.name)
      line = finish(unwritten, 'failed')
    }
  }
  try {
    writeLineSync(1, line)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    failure ??= stepError('RECORD_NOT_WRITTEN', { reason }, { cause: error })
    log.error(stepError('RECORD_NOT_WRITTEN', { reason }), step.name)
  }
  return failure === undefined ? 0 : errorRow(failure.code).exit
}

function columnsOf(host: NodeJS.Process): number {
  const asked = Number(host.env['COLUMNS'])
  return Number.isInteger(asked) && asked >= 40 ? asked : (host.stderr.columns ?? 100)
}

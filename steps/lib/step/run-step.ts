import { randomUUID } from 'node:crypto'
import { systemClock } from '../core/clock.ts'
import { errorRow } from '../core/error-table.ts'
import { asStepError, type StepError } from '../core/errors.ts'
import { version } from '../core/version.ts'
import { openRecord, type Outcome } from '../audit/record.ts'
import type { ResultsOf, StepDefinition } from './define-step.ts'
import { watchForEnding, type Ending } from './ending.ts'
import { FailedWithResults } from './failed-with-results.ts'
import { leave, type End, type Leaving } from './leave.ts'
import { createLog, type Log } from './log.ts'
import { readRunContext } from './run-context.ts'
import { openStepCall, type StepCall } from './step-call.ts'

/** A step's work: typed inputs in, one string per declared result out. */
export type Run<S extends StepDefinition> = (call: StepCall<S>) => Promise<ResultsOf<S>>

/** How a life is led, where it is not that of a step in a Task. */
export type Manners = {
  /** What of the text for people is shown. */
  readonly log: (log: Log) => Log
  /** The last of it. Returns the exit status; it never throws. */
  readonly leave: (leaving: Leaving) => Promise<number>
  /** For how long it works on after SIGTERM, in milliseconds; it ends at once where this is absent. */
  readonly workOnMs?: number
}

/**
 * The life of one step process: open the record, read the inputs, run, finish the record, write the results, deliver and print the record.
 * Returns the exit status; it never throws.
 */
export async function runStep<const S extends StepDefinition>(
  step: S,
  load: () => Promise<Run<S>>,
  host: NodeJS.Process,
  manners: Manners = { log: (log) => log, leave },
): Promise<number> {
  const context = readRunContext(host.env)
  const env = { ...host.env }
  const id = randomUUID()
  const record = openRecord({ id, step: step.name, version, startedAt: systemClock.now(), context })
  const log = createLog((text) => host.stderr.write(text), columnsOf(host))
  // A reader that is gone takes the text for people with it, not the step and its record.
  host.stderr.on('error', () => {})
  const ending = watchForEnding(host, manners.workOnMs)
  let opened: StepCall<S> | undefined
  const shown = manners.log(log)
  const call = () => (opened = openStepCall(step, { host, env, id, context, record, log: shown, ending }))
  const end = await workUntilEnd(call, load, ending)
  ending.stop()
  if (end.error !== undefined) log.error(end.error, step.name)
  const stopWork = () => opened?.services.http.close()
  return await manners.leave({
    id,
    step: step.name,
    side: step.mainSide,
    hasResults: step.sidecar !== true,
    end,
    record,
    context,
    env,
    log,
    farewell: () => ending.farewell(),
    stopWork,
  })
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
    const cause: unknown = ending.signal.aborted ? ending.signal.reason : error
    const results = cause instanceof FailedWithResults ? cause.results : {}
    const stepFailure = cause instanceof FailedWithResults ? cause.failure : asStepError(cause)
    return { outcome: outcomeOf(stepFailure), error: stepFailure, results }
  }
}

function outcomeOf(error: StepError): Outcome {
  const { exit } = errorRow(error.code)
  if (exit === 143) return 'cancelled'
  return exit === 77 ? 'refused' : 'failed'
}

function columnsOf(host: NodeJS.Process): number {
  const asked = Number(host.env['COLUMNS'])
  return Number.isInteger(asked) && asked >= 40 ? asked : (host.stderr.columns ?? 100)
}

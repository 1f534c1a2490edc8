import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { TaskStep } from '../../../steps/lib/catalog/task.ts'
import { parseDuration } from '../../../steps/lib/step/duration.ts'
import type { Container } from './container.ts'
import { allows, withEarlierResults } from './earlier-results.ts'
import { exitCodePath, stepResultPath } from './pod-files.ts'
import { writtenResults } from './results.ts'
import type { LocalTaskRun } from './run-task.ts'
import { startProcess, type Ended, type Traces } from './start-process.ts'
import { entryTypes, terminationMessage, type Entry } from './termination-message.ts'

/** How one step ended, as its TaskRun says it, with everything that it could have let slip. */
export type StepExit = Traces & {
  readonly name: string
  readonly status: number
  /** What the program itself ended with: it may be another, as where Tekton cannot read the results, and says 1. Undefined when a signal ended it, or it never ran. */
  readonly programStatus: number | undefined
  /** It was not started: its `when` did not hold, or an earlier step has stopped the run. */
  readonly skipped: boolean
  /** It fails the run; a step with `onError: continue` does not, whatever its status is. */
  readonly failed: boolean
}

/** A step that has its turn; `onError` and `when` have their variables. */
export type ReadyStep = { readonly spec: TaskStep; readonly container: Container }

/** What a step leaves: how it ended, what its container says of it, and whether the steps after it may run. */
export type StepEnd = { readonly exit: StepExit; readonly message: string; readonly stops: boolean }

type Place = { readonly run: LocalTaskRun; readonly scratch: string; readonly stopSidecars: () => void }

const notRun = { stdout: '', stderr: '', argv: [], env: {}, milliseconds: 0, programStatus: undefined }

/** A step after one that has stopped the run. */
export function skippedStep(name: string): StepEnd {
  const { text } = terminationMessage([], [startedAt(), internal('Reason', 'Skipped')])
  return { exit: { ...notRun, name, status: 1, skipped: true, failed: true }, message: text, stops: true }
}

/** Runs one step to its end, or passes over it. */
export async function runStep({ spec, container }: ReadyStep, place: Place): Promise<StepEnd> {
  const { run, scratch } = place
  await mkdir(dirname(stepResultPath(scratch, spec, 'result')), { recursive: true })
  const resolved = withEarlierResults({ container, when: spec.when ?? [] }, scratch)
  if (!allows(resolved.when)) {
    await writeFile(exitCodePath(scratch, spec.name), '0')
    const { text } = terminationMessage([], [startedAt(), internal('Reason', 'Skipped')])
    return {
      exit: { ...notRun, name: spec.name, status: 0, skipped: true, failed: false },
      message: text,
      stops: false,
    }
  }
  const child = startProcess(resolved.container, run, scratch)
  run.onSpawn?.((signal) => {
    child.kill(signal)
    place.stopSidecars()
  })
  let isTimedOut = false
  const timeout = parseDuration(spec.timeout ?? '0') ?? 0
  const timer = setTimeout(
    () => {
      isTimedOut = true
      child.kill('SIGKILL')
    },
    timeout || 2 ** 31 - 1,
  )
  const ended = await child.ended.finally(() => clearTimeout(timer))
  return await endOf(spec, { ...ended, isTimedOut: isTimedOut && ended.code !== 0 }, place)
}

async function endOf(
  spec: TaskStep,
  ended: Ended & { isTimedOut: boolean },
  { run, scratch }: Place,
): Promise<StepEnd> {
  const { code, isTimedOut, traces } = ended
  const goesOn = code === 0 || (spec.onError === 'continue' && !isTimedOut)
  // Tekton's entrypoint says -1 of a process that a signal has ended.
  const recorded = code ?? -1
  if (goesOn) await writeFile(exitCodePath(scratch, spec.name), String(recorded))
  const own = goesOn && code !== 0 ? [internal('ExitCode', String(recorded))] : []
  const reason = isTimedOut ? [internal('Reason', 'TimeoutExceeded')] : []
  const written = await writtenResults(run.task, spec, scratch).catch((error: unknown) => String(error))
  const message = terminationMessage(typeof written === 'string' ? [] : written, [startedAt(), ...own, ...reason])
  const fault = typeof written === 'string' ? written : message.isTooLong ? tooLong(spec) : undefined
  // Beyond a timeout, or when the results cannot be told, the entrypoint itself ends with 1; -1 arrives as 255.
  const status = isTimedOut || fault !== undefined ? 1 : goesOn ? 0 : (code ?? 255)
  const stderr = fault === undefined ? traces.stderr : `${traces.stderr}${fault}\n`
  const programStatus = code ?? undefined
  const exit = { ...traces, stderr, name: spec.name, status, programStatus, skipped: false, failed: status !== 0 }
  return { exit, message: message.text, stops: !goesOn }
}

function tooLong({ name }: TaskStep): string {
  return `the step "${name}" and the Task have more results than the 4096 bytes that a container may say`
}

function startedAt(): Entry {
  return internal('StartedAt', new Date().toISOString())
}

function internal(key: string, value: string): Entry {
  return { key, value, type: entryTypes.internal }
}

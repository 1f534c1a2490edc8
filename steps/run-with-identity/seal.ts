import { readFile } from 'node:fs/promises'
import type { RecordedHandOuts } from '../lib/audit/recorded-action.ts'
import { asStepError, stepError } from '../lib/core/errors.ts'
import { isObject } from '../lib/core/strict-json.ts'
import type { ResultsOf } from '../lib/step/define-step.ts'
import { runStep } from '../lib/step/run-step.ts'
import type { StepCall } from '../lib/step/step-call.ts'
import { askBroker } from './ask-broker.ts'
import { controlPaths, exitCodeHeader } from './control.ts'
import { readEnd, readSecret } from './sealed-folder.ts'
import { around } from './step.ts'
import { objectOf } from '../lib/core/loose-json.ts'

type Step = (typeof around)['seal']

/** The broker's record may take its farewell's time to reach the sink. */
const withinMs = 40_000

/** What Tekton writes of a command that a signal has ended, and what such a step ends with. */
const [endedBySignal, statusOfSignal] = [-1, 255]

/** The last step: seals, and ends as the command has ended; a failure of its own shows only where the command has none. */
export async function runSeal(host: NodeJS.Process): Promise<number> {
  let commands = 0
  const run = async (call: StepCall<Step>) => {
    const exitCode = await readExitCode(call.inputs['exit-code-file'])
    commands = exitCode === endedBySignal ? statusOfSignal : (exitCode ?? 0)
    return await seal(call, exitCode)
  }
  const own = await runStep(around.seal, async () => run, host)
  return commands === 0 ? own : commands
}

/** Throws BROKER_UNREACHABLE, BROKER_RECORD_LOST, BROKER_COMMAND_RUNS. */
async function seal({ inputs, services }: StepCall<Step>, exitCode: number | undefined): Promise<ResultsOf<Step>> {
  const { log, record } = services
  const { broker, dryRun, handOuts, error, status } = await askToSeal(inputs.port, services, exitCode)
  if (exitCode !== undefined && !dryRun) {
    record.action({ exitCode })
    log.line('command', `ended with ${exitCode === endedBySignal ? 'a signal' : exitCode}`)
  }
  record.action({ target: `broker ${broker}`, broker, dryRun, ...(handOuts === undefined ? {} : { handOuts }) })
  if (error !== undefined) log.line('warning', `The broker had ended before: ${error}`)
  log.line('sealed', `${handOuts?.count ?? 0} hand-outs; the broker’s record is ${broker}`)
  if (exitCode === undefined && !dryRun) throw stepError('BROKER_COMMAND_RUNS', { path: inputs['exit-code-file'] })
  if (status !== 0) throw stepError('BROKER_RECORD_LOST', { broker, status: String(status) })
  return {
    'broker-record': broker,
    'hand-outs': String(handOuts?.count ?? 0),
    'hand-outs-digest': handOuts === undefined ? '' : `sha256:${handOuts.sha256}`,
  }
}

type Sealed = {
  readonly broker: string
  readonly dryRun: boolean
  readonly handOuts: RecordedHandOuts | undefined
  /** Code of the error with which it had ended before. */
  readonly error: string | undefined
  /** With which it ends now. */
  readonly status: number
}

/** A broker that has sealed by itself (SIGTERM) has left word of it. */
async function askToSeal(port: number, services: StepCall<Step>['services'], exitCode?: number): Promise<Sealed> {
  const { sealed: folder, signal } = services
  try {
    const [answer, parting] = await askBroker({
      port,
      path: controlPaths.seal,
      secret: readSecret(folder),
      headers: { [exitCodeHeader]: exitCode === undefined ? '' : String(exitCode) },
      signal,
      withinMs,
    })
    // It ended without a last word: its record may be lost.
    const status = isObject(parting) && typeof parting['status'] === 'number' ? parting['status'] : 70
    return { ...sealedOf(answer), status }
  } catch (error) {
    const end = readEnd(folder)
    if (end === undefined) throw asStepError(error)
    return { ...sealedOf(end), status: 0 }
  }
}

/** From a program of ours, of the same version. */
function sealedOf(answer: unknown): Omit<Sealed, 'status'> {
  const { broker, dryRun, handOuts, error } = objectOf(answer)
  return {
    broker: String(broker),
    dryRun: dryRun === true,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    handOuts: isObject(handOuts) ? (handOuts as unknown as RecordedHandOuts) : undefined,
    error: isObject(error) ? String(error['code']) : undefined,
  }
}

/** Undefined where there is none: the command has not ended, or was passed over. */
async function readExitCode(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return /^\s*-?\d{1,9}\s*$/.test(text) ? Number(text) : undefined
}

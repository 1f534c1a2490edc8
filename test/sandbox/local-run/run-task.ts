import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Task } from '../../../steps/lib/catalog/task.ts'
import { prepareParams } from './params.ts'
import { runStepProcess, type Program, type StepExit } from './run-step-process.ts'
import { readStepResults, taskResults } from './results.ts'
import { substitute, type Variables } from './substitute.ts'
import { unsupportedFields } from './supported.ts'
import { mountVolumes, type MintToken } from './volumes.ts'

/** A TaskRun as it is given to the local run. */
export type LocalTaskRun = {
  readonly task: Task
  readonly params?: Readonly<Record<string, string | readonly string[]>>
  /** Workspace name → folder on this machine. */
  readonly workspaces?: Readonly<Record<string, string>>
  readonly namespace?: string
  readonly serviceAccount?: string
  readonly name?: string
  readonly pipelineRun?: string
  /** ConfigMaps of the namespace by name. */
  readonly configMaps?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly mintToken: MintToken
  /** What takes the place of `/nodejs/bin/node /app/main.js`. */
  readonly program: Program
  /** Added to each step's environment last: for tests that put something there that should not be. */
  readonly extraEnv?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Called with each piece of the steps' standard error as it comes. */
  readonly onStderr?: (text: string) => void
  readonly onSpawn?: (kill: (signal: NodeJS.Signals) => void) => void
}

export type LocalTaskResult = {
  readonly succeeded: boolean
  readonly steps: readonly StepExit[]
  /** The Task's results; those of a failed run are dropped, as Tekton does. */
  readonly results: Readonly<Record<string, string>>
  /** Texts of every file that the run left in its scratch folder (volumes, results), for the canary scan. */
  readonly leftFiles: readonly { readonly path: string; readonly text: string }[]
}

/** A Task that the local run does not do as Tekton would. */
export class UnsupportedTask extends Error {}

/**
 * Runs a Task's YAML on this machine, step after step, each mount path a scratch folder. Throws UnsupportedTask, before anything
 * is started, with every field that it does not implement and every param or workspace that does not fit.
 */
export async function runTask(run: LocalTaskRun): Promise<LocalTaskResult> {
  const unsupported = unsupportedFields(run.task)
  if (unsupported.length > 0) throw new UnsupportedTask(`the local run does not implement ${unsupported.join(', ')}`)
  const scratch = await mkdtemp(join(tmpdir(), 'tekton-entra-run-'))
  try {
    return await runSteps(run, scratch)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function runSteps(run: LocalTaskRun, scratch: string): Promise<LocalTaskResult> {
  const variables = variablesOf(run)
  const volumes = await mountVolumes(run.task, {
    scratch,
    substitute: (text) => substitute(text, variables),
    mintToken: run.mintToken,
  })
  const steps: StepExit[] = []
  const results = new Map<string, string>()
  for (const step of run.task.spec.steps) {
    const exit = await runStepProcess(step, { run, scratch, volumes, variables: withResults(variables, results) })
    steps.push(exit)
    if (exit.status !== 0) break
    for (const [name, value] of await readStepResults(scratch, step))
      results.set(`steps.${step.name}.results.${name}`, value)
  }
  const succeeded = steps.every(({ status }) => status === 0)
  return {
    succeeded,
    steps,
    results: succeeded ? taskResults(run.task, withResults(variables, results)) : {},
    leftFiles: await volumes.leftFiles(),
  }
}

function variablesOf(run: LocalTaskRun): Variables {
  const { texts, lists, faults } = prepareParams(run.task, run.params ?? {})
  for (const { name, optional } of run.task.spec.workspaces ?? []) {
    const path = run.workspaces?.[name]
    if (path === undefined && optional !== true) faults.push(`the workspace "${name}" is not bound`)
    texts.set(`workspaces.${name}.path`, path ?? '')
    texts.set(`workspaces.${name}.bound`, String(path !== undefined))
  }
  if (faults.length > 0) throw new UnsupportedTask(faults.join('; '))
  texts.set('context.taskRun.name', taskRunName(run))
  texts.set('context.taskRun.namespace', run.namespace ?? 'default')
  texts.set('context.task.name', run.task.metadata.name)
  return { texts, lists }
}

/** Name of the run, as the labels of its pod would say it. */
export function taskRunName(run: LocalTaskRun): string {
  return run.name ?? `${run.task.metadata.name}-local`
}

function withResults(variables: Variables, results: ReadonlyMap<string, string>): Variables {
  return { texts: new Map([...variables.texts, ...results]), lists: variables.lists }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ParamValue, Task } from '../../../steps/lib/catalog/task.ts'
import { admissionFaults, sameNameFaults } from './admission.ts'
import { RefusedRun, UnsupportedTask } from './refusal.ts'
import { runPod } from './run-pod.ts'
import type { StepExit } from './run-step.ts'
import type { SidecarExit } from './sidecars.ts'
import type { Program } from './start-process.ts'
import { unsupportedFields } from './supported.ts'
import type { MintToken } from './volumes.ts'

/** A TaskRun as it is given to the local run. */
export type LocalTaskRun = {
  readonly task: Task
  readonly params?: Readonly<Record<string, ParamValue>>
  /** Workspace name → folder on this machine. */
  readonly workspaces?: Readonly<Record<string, string>>
  /** Volume name → folder on this machine, in the place of a scratch folder that goes away with the run. */
  readonly volumeFolders?: Readonly<Record<string, string>>
  readonly namespace?: string
  readonly serviceAccount?: string
  readonly name?: string
  readonly pipelineRun?: string
  /** Labels that the author of the TaskRun has given it. */
  readonly labels?: Readonly<Record<string, string>>
  /** Annotations likewise; they stand over those of the Task. */
  readonly annotations?: Readonly<Record<string, string>>
  /** ConfigMaps of the namespace by name. */
  readonly configMaps?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly mintToken: MintToken
  /** What takes the place of `/nodejs/bin/node /app/main.js`. */
  readonly program: Program
  /** What takes the place of other commands, by their first word: those of images that are not ours. */
  readonly commands?: Readonly<Record<string, Program>>
  /** Added to each step's environment last: for tests that put something there that should not be. */
  readonly extraEnv?: Readonly<Record<string, string>>
  /** How long sidecars may go on after SIGTERM; a pod's 30 s when it is not given. */
  readonly graceMilliseconds?: number
  readonly signal?: AbortSignal
  /** Called with each piece of the steps' standard error as it comes. */
  readonly onStderr?: (text: string) => void
  /** Called with each step's process; what is called with a signal passes it on to the step, and stops the sidecars, as a cancelled run does. */
  readonly onSpawn?: (kill: (signal: NodeJS.Signals) => void) => void
}

export type LocalTaskResult = {
  readonly succeeded: boolean
  readonly steps: readonly StepExit[]
  readonly sidecars: readonly SidecarExit[]
  /** The Task's results that a pipeline goes on with: none of a run that failed. */
  readonly results: Readonly<Record<string, string>>
  /** The results that stand in the TaskRun's status: also those that a failing step has written. */
  readonly statusResults: Readonly<Record<string, string>>
  /** Texts of every file that the run left in its scratch folder (volumes, results), for the canary scan. */
  readonly leftFiles: readonly { readonly path: string; readonly text: string }[]
}

/**
 * Runs a Task's YAML on this machine, step after step, each mount path a scratch folder. Throws UnsupportedTask, before anything
 * is started, with every field that it does not implement, and RefusedRun for what Tekton itself would not start.
 */
export async function runTask(run: LocalTaskRun): Promise<LocalTaskResult> {
  const unsupported = unsupportedFields(run.task)
  if (unsupported.length > 0) throw new UnsupportedTask(`the local run does not implement ${unsupported.join(', ')}`)
  const faults = [...admissionFaults(run.task), ...sameNameFaults(Object.keys(run.params ?? {}))]
  if (faults.length > 0) throw new RefusedRun('AdmissionRefused', faults)
  const scratch = await mkdtemp(join(tmpdir(), 'tekton-entra-run-'))
  try {
    return await runPod(run, scratch)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Name of the run, as the labels of its pod would say it. */
export function taskRunName(run: LocalTaskRun): string {
  return run.name ?? `${run.task.metadata.name}-local`
}

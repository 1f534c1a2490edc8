import { join } from 'node:path'
import type { TaskStep } from '../../../steps/lib/catalog/task.ts'

/** Folder of a step's results and exit code; Tekton's is `/tekton/steps/step-<name>`. */
export function stepFolder(scratch: string, name: string): string {
  return join(scratch, 'steps', `step-${name}`)
}

/** Where a step writes a result of its own. */
export function stepResultPath(scratch: string, step: Pick<TaskStep, 'name'>, result: string): string {
  return join(stepFolder(scratch, step.name), 'results', result)
}

/** Where the exit code of a step stands for later ones. */
export function exitCodePath(scratch: string, name: string): string {
  return join(stepFolder(scratch, name), 'exitCode')
}

/** Where any step writes a result of the Task. */
export function taskResultPath(scratch: string, result: string): string {
  return join(scratch, 'results', result)
}

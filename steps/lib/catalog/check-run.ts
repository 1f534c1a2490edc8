import { taskCallee } from './callee.ts'
import { follow, type Catalog } from './catalog.ts'
import { checkBound, checkGiven } from './check-given.ts'
import type { GivenParam, Reference } from './task.ts'

/** What the checker reads of a TaskRun. */
export type TaskRun = {
  readonly kind: string
  readonly spec: {
    readonly taskRef?: Reference
    readonly params?: readonly GivenParam[]
    readonly workspaces?: readonly { readonly name: string; readonly emptyDir?: object }[]
  }
}

/**
 * A TaskRun is a call of a Task: unknown params (Tekton drops them without a word), missing ones, types, literals that the step
 * would refuse, and workspaces. Empty when all is well.
 */
export function checkRun({ spec }: TaskRun, { tasks, steps }: Catalog): string[] {
  const task = follow(spec.taskRef, 'Task', tasks)
  if ('fault' in task) return [task.fault]
  const callee = taskCallee(task.found.metadata.name, task.found.spec, steps)
  return [...checkGiven(callee, spec.params ?? []), ...checkBound(callee, spec.workspaces ?? [])]
}

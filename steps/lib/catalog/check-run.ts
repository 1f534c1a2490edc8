import { parseValue } from '../step/parse-value.ts'
import type { Param, StepDefinition } from '../step/define-step.ts'
import type { Task, TaskParam } from './task.ts'

/** What the checker reads of a TaskRun. */
export type TaskRun = {
  readonly kind: string
  readonly spec: {
    readonly taskRef?: { readonly name?: string }
    readonly params?: readonly { readonly name: string; readonly value: string | readonly string[] }[]
    readonly workspaces?: readonly { readonly name: string }[]
  }
}

/**
 * A TaskRun is a call of a Task: unknown params (Tekton drops them without a word), missing ones, types, and literals that the step
 * would refuse. Empty when all is well.
 */
export function checkRun(
  run: TaskRun,
  tasks: ReadonlyMap<string, Task>,
  steps: ReadonlyMap<string, StepDefinition>,
): string[] {
  const name = run.spec.taskRef?.name ?? ''
  const task = tasks.get(name)
  if (task === undefined) return [`calls "${name}", which is no Task of this repository`]
  const faults: string[] = []
  const given = new Map((run.spec.params ?? []).map((param) => [param.name, param.value]))
  for (const param of task.spec.params ?? []) {
    const value = given.get(param.name)
    given.delete(param.name)
    if (value !== undefined) faults.push(...checkValue(param, value, declaredParam(param.name, steps)))
    else if (param.default === undefined) faults.push(`does not give "${param.name}", which ${name} requires`)
  }
  for (const extra of given.keys()) faults.push(`gives "${extra}", which ${name} does not take: Tekton would ignore it`)
  const bound = new Set((run.spec.workspaces ?? []).map((workspace) => workspace.name))
  for (const workspace of task.spec.workspaces ?? []) {
    if (workspace.optional !== true && !bound.has(workspace.name))
      faults.push(`does not bind the workspace "${workspace.name}"`)
  }
  return faults
}

function declaredParam(name: string, steps: ReadonlyMap<string, StepDefinition>): Param | undefined {
  return [...steps.values()].map((step) => step.params[name]).find((param) => param !== undefined)
}

function checkValue(param: TaskParam, value: string | readonly string[], declared: Param | undefined): string[] {
  const isList = typeof value !== 'string'
  const wantsList = param.type === 'array'
  if (isList !== wantsList)
    return [
      `gives "${param.name}" as ${isList ? 'a list' : 'a string'}, the Task takes ${wantsList ? 'a list' : 'a string'}`,
    ]
  const literals = (isList ? value : [value]).filter((text) => text !== '' && !text.includes('$('))
  const parsed = declared === undefined || literals.length === 0 ? undefined : parseValue(declared, literals)
  if (parsed === undefined || !('expected' in parsed)) return []
  return [`gives "${param.name}" as "${literals.join(' ')}", expected ${parsed.expected}`]
}

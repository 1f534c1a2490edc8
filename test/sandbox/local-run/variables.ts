import type { TaskStep } from '../../../steps/lib/catalog/task.ts'
import { uidFrom } from './downward-field.ts'
import { prepareParams } from './params.ts'
import { exitCodePath, stepResultPath, taskResultPath } from './pod-files.ts'
import { RefusedRun } from './refusal.ts'
import { taskRunName, type LocalTaskRun } from './run-task.ts'
import { textValues, type Values, type Variables } from './substitute.ts'

/** The variables of a run in the order in which Tekton replaces them; those of a step's own results come between the contexts and the rest. */
export type RunVariables = {
  readonly before: Variables
  readonly after: Variables
}

/** Throws RefusedRun with every param and workspace that does not fit. */
export function variablesOf(run: LocalTaskRun, scratch: string): RunVariables {
  const { values, faults } = prepareParams(run.task, run.params ?? {})
  const unbound = (run.task.spec.workspaces ?? []).filter(
    ({ name, optional }) => optional !== true && run.workspaces?.[name] === undefined,
  )
  faults.push(...unbound.map(({ name }) => `the workspace "${name}" is not bound`))
  if (faults.length > 0) throw new RefusedRun('TaskRunValidationFailed', faults)
  return { before: [values, contextValues(run)], after: [pathValues(run, scratch), workspaceValues(run)] }
}

/** The variables as a step sees them, or a sidecar or a volume, which have no results. */
export function variablesFor(step: Pick<TaskStep, 'name' | 'results'>, run: RunVariables, scratch: string): Variables {
  const own = (step.results ?? []).flatMap(({ name }) =>
    quotedForms('step.results', name).map((form) => [form, stepResultPath(scratch, step, name)] as const),
  )
  return [...run.before, textValues(own), ...run.after]
}

function contextValues(run: LocalTaskRun): Values {
  const name = taskRunName(run)
  return textValues([
    ['context.taskRun.name', name],
    ['context.taskRun.namespace', run.namespace ?? 'default'],
    ['context.taskRun.uid', uidFrom(`taskrun ${name}`)],
    ['context.task.name', run.task.metadata.name],
    ['context.task.retry-count', '0'],
  ])
}

function pathValues({ task }: LocalTaskRun, scratch: string): Values {
  const results = (task.spec.results ?? []).flatMap(({ name }) =>
    quotedForms('results', name).map((form) => [form, taskResultPath(scratch, name)] as const),
  )
  const exitCodes = task.spec.steps.map(
    ({ name }) => [`steps.step-${name}.exitCode.path`, exitCodePath(scratch, name)] as const,
  )
  return textValues([...results, ...exitCodes])
}

function workspaceValues({ task, workspaces }: LocalTaskRun): Values {
  return textValues(
    (task.spec.workspaces ?? []).flatMap(({ name }) => {
      const path = workspaces?.[name]
      return [
        [`workspaces.${name}.path`, path ?? ''],
        [`workspaces.${name}.bound`, String(path !== undefined)],
      ] as const
    }),
  )
}

function quotedForms(prefix: string, name: string): string[] {
  return [`${prefix}.${name}.path`, `${prefix}["${name}"].path`, `${prefix}['${name}'].path`]
}

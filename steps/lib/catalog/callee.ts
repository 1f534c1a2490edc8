import { envName, type Param, type StepDefinition } from '../step/define-step.ts'
import { follow, type Catalog, type Found } from './catalog.ts'
import type { Callee } from './check-given.ts'
import { allTasks, type PipelineSpec, type PipelineTask } from './pipeline.ts'
import { stepActionParams } from './step-action.ts'
import type { GivenParam, TaskSpec, TaskStep } from './task.ts'

/** A Task as its callers must know it. */
export function taskCallee(name: string, spec: TaskSpec, steps: Catalog['steps']): Callee {
  const parsers = [...spec.steps, ...(spec.sidecars ?? [])].flatMap((call) => {
    const step = stepOf(call, steps)
    return step === undefined ? [] : handedOn(argumentsOf(call, step), new Map(Object.entries(step.params)))
  })
  return callee(name, spec, parsers)
}

/** A Pipeline as its runs must know it. */
export function pipelineCallee(name: string, spec: PipelineSpec, catalog: Catalog): Callee {
  const parsers = allTasks(spec).flatMap((task) => {
    const called = calledTask(task, catalog)
    if ('fault' in called) return []
    const { parsers: behind } = taskCallee('', called.found, catalog.steps)
    return handedOn([...(task.params ?? []), ...(task.matrix?.params ?? [])], behind)
  })
  return callee(name, spec, parsers)
}

/** A StepAction as the steps that `ref` it must know it. */
export function stepActionCallee(step: StepDefinition): Callee {
  return {
    name: `the StepAction ${step.name}`,
    params: stepActionParams(step),
    workspaces: [],
    parsers: new Map(Object.entries(step.params)),
    extras: 'Tekton refuses it',
  }
}

/** The Task that a task of a Pipeline runs: written out there, or named. */
export function calledTask(task: PipelineTask, { tasks }: Catalog): Found<TaskSpec> {
  if (task.taskSpec !== undefined) return { found: task.taskSpec }
  const found = follow(task.taskRef, 'Task', tasks)
  return 'fault' in found ? found : { found: found.found.spec }
}

/** The step of this repository that a step of a Task runs, written out or by `ref`. */
function stepOf(call: TaskStep, steps: Catalog['steps']): StepDefinition | undefined {
  if (call.ref === undefined) return steps.get(call.command?.[2] ?? '')
  const found = follow(call.ref, 'StepAction', steps)
  return 'found' in found ? found.found : undefined
}

function callee(
  name: string,
  spec: Pick<TaskSpec, 'params' | 'workspaces'>,
  parsers: readonly (readonly [string, Param])[],
): Callee {
  return {
    name,
    params: spec.params ?? [],
    workspaces: spec.workspaces ?? [],
    parsers: new Map(parsers),
    extras: 'Tekton would ignore it',
  }
}

/** What a step is given, by its own names of it: by params where it is a `ref`, else by env and args. */
function argumentsOf(call: TaskStep, step: StepDefinition): readonly GivenParam[] {
  if (call.ref !== undefined) return call.params ?? []
  return Object.entries(step.params).flatMap(([name, param]) => {
    if (param.kind === 'list') return [{ name, value: call.args?.[call.args.indexOf(`--${name}`) + 1] ?? '' }]
    return [{ name, value: call.env?.find((env) => env.name === envName('PARAM', name))?.value ?? '' }]
  })
}

/** The caller's own params that are handed straight on, with what is behind each. */
function handedOn(given: readonly GivenParam[], behind: ReadonlyMap<string, Param>): [string, Param][] {
  return given.flatMap(({ name, value }): [string, Param][] => {
    const text = typeof value === 'string' ? value : value.length === 1 ? (value[0] ?? '') : ''
    const own = /^\$\(params\.([\w-]+)(?:\[\*\])?\)$/.exec(text)?.[1]
    const param = behind.get(name)
    return own === undefined || param === undefined ? [] : [[own, param]]
  })
}

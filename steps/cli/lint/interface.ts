import { taskCallee } from '../../lib/catalog/callee.ts'
import { stepActionParams } from '../../lib/catalog/step-action.ts'
import type { Task, TaskParam } from '../../lib/catalog/task.ts'
import { isStepAction, resultsOf, type Param, type StepDefinition } from '../../lib/step/define-step.ts'
import { readTask, taskNames } from '../tasks.ts'
import { ourSteps } from './our-steps.ts'

/** A Task or StepAction of ours, as its callers must know it. */
export type Interface = {
  readonly kind: 'Task' | 'StepAction'
  readonly name: string
  readonly params: ReadonlyMap<string, TaskParam>
  readonly workspaces: readonly { readonly name: string; readonly optional?: boolean }[]
  readonly results: readonly string[]
  /** The step behind it, and by which name it knows what is handed straight on. */
  readonly step: StepDefinition
  readonly stepParams: ReadonlyMap<string, { readonly name: string; readonly param: Param }>
}

/** Everything that can be called, by name. */
export type Interfaces = {
  readonly Task: ReadonlyMap<string, Interface>
  readonly StepAction: ReadonlyMap<string, Interface>
}

/** Reads what this version publishes: its Tasks' YAML and its steps' declarations. */
export function readInterfaces(): Interfaces {
  return {
    Task: new Map(taskNames().map((name) => [name, taskInterface(readTask(name))])),
    StepAction: new Map(
      [...ourSteps].filter(([, step]) => isStepAction(step)).map(([name, step]) => [name, stepActionInterface(step)]),
    ),
  }
}

function taskInterface({ metadata: { name }, spec }: Task): Interface {
  // A Task with a sidecar has its params for that.
  const [main] = spec.sidecars ?? spec.steps
  const step = ourSteps.get(main?.command?.[2] ?? '')
  if (step === undefined) throw new TypeError(`what the Task ${name} calls is no step of this version`)
  const { parsers } = taskCallee(name, spec, ourSteps)
  const behind = Object.entries(step.params)
  const stepParams = [...parsers].flatMap(([own, param]) => {
    const found = behind.find(([, one]) => one === param)
    return found === undefined ? [] : [[own, { name: found[0], param }] as const]
  })
  return {
    kind: 'Task',
    name,
    params: byName(spec.params ?? []),
    workspaces: spec.workspaces ?? [],
    results: (spec.results ?? []).map((result) => result.name),
    step,
    stepParams: new Map(stepParams),
  }
}

function stepActionInterface(step: StepDefinition): Interface {
  return {
    kind: 'StepAction',
    name: step.name,
    params: byName(stepActionParams(step)),
    workspaces: [],
    results: Object.keys(resultsOf(step)),
    step,
    stepParams: new Map(Object.entries(step.params).map(([name, param]) => [name, { name, param }])),
  }
}

function byName(params: readonly TaskParam[]): ReadonlyMap<string, TaskParam> {
  return new Map(params.map((param) => [param.name, param]))
}

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { ParamValue, Task, TaskParam, TaskStep } from '../../steps/lib/catalog/task.ts'
import { root } from '../contract/repository.ts'

/** Takes a `ref` step's place by what the StepAction is, with its params replaced, as Tekton does; other steps stay as they are. */
export function inlineStepActions(task: Task): Task {
  const { stepTemplate: _template, ...spec } = task.spec
  return {
    ...task,
    spec: { ...spec, steps: spec.steps.map((step) => (step.ref === undefined ? step : inlined(step))) },
  }
}

type StepActionSpec = Omit<TaskStep, 'name' | 'params'> & { readonly params: readonly TaskParam[] }

function inlined({ name, ref, params = [] }: TaskStep): TaskStep {
  const file = `${root}/steps/${ref?.name}/${ref?.name}.yaml`
  const { spec } = parse(readFileSync(file, 'utf8')) as { spec: StepActionSpec }
  const { params: declared, ...step } = spec
  const given = new Map(params.map((param) => [param.name, param.value]))
  const values = new Map(declared.map((param) => [param.name, given.get(param.name) ?? param.default ?? '']))
  const fields = Object.entries(step).filter(([field]) => field !== 'description')
  return { ...(replaced(Object.fromEntries(fields), values) as Omit<TaskStep, 'name'>), name }
}

function replaced(written: unknown, values: ReadonlyMap<string, ParamValue>): unknown {
  if (Array.isArray(written))
    return written.flatMap((entry: unknown) => listOf(entry, values) ?? [replaced(entry, values)])
  if (typeof written === 'string') {
    return written.replaceAll(/\$\(params\.([\w-]+)\)/g, (whole, name: string) => {
      const value = values.get(name)
      return typeof value === 'string' ? value : whole
    })
  }
  if (typeof written !== 'object' || written === null) return written
  return Object.fromEntries(Object.entries(written).map(([field, value]) => [field, replaced(value, values)]))
}

/** `$(params.x[*])` as an entry of a list is as many entries as the param has. */
function listOf(entry: unknown, values: ReadonlyMap<string, ParamValue>): readonly unknown[] | undefined {
  const [, name] = typeof entry === 'string' ? (/^\$\(params\.([\w-]+)\[\*\]\)$/.exec(entry) ?? []) : []
  const value = name === undefined ? undefined : values.get(name)
  return Array.isArray(value) ? value : undefined
}

import type { Task, TaskParam } from '../../../steps/lib/catalog/task.ts'

/** The Task's params as variables, with what does not fit. Unknown params are dropped without a word, as Tekton does. */
export function prepareParams(task: Task, given: Readonly<Record<string, string | readonly string[]>>) {
  const texts = new Map<string, string>()
  const lists = new Map<string, readonly string[]>()
  const faults: string[] = []
  for (const param of task.spec.params ?? []) {
    const value = given[param.name] ?? param.default
    const fault = faultOf(param, value)
    if (fault !== undefined) faults.push(fault)
    else if (typeof value === 'string') texts.set(`params.${param.name}`, value)
    else if (value !== undefined) lists.set(`params.${param.name}`, value)
  }
  return { texts, lists, faults }
}

function faultOf(param: TaskParam, value: string | readonly string[] | undefined): string | undefined {
  const wanted = param.type ?? (Array.isArray(param.default) ? 'array' : 'string')
  if (value === undefined) return `the param "${param.name}" has no value and no default`
  if (wanted === 'string' && typeof value !== 'string') return `the param "${param.name}" must be a string`
  if (wanted === 'array' && typeof value === 'string') return `the param "${param.name}" must be a list`
  return wanted === 'string' || wanted === 'array'
    ? undefined
    : `the local run does not implement params of type ${wanted}`
}

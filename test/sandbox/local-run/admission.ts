import type { Task, TaskParam, TaskStep } from '../../../steps/lib/catalog/task.ts'
import { typeOf } from './param-value.ts'
import { declaredType } from './params.ts'

/**
 * What Tekton's admission would not let into the cluster, of what authors get wrong. It looks at the steps only: a misspelt variable in a
 * volume, a sidecar or a `when` passes there as well, and stays literal.
 */
export function admissionFaults({ spec }: Task): string[] {
  const params = spec.params ?? []
  return [
    ...duplicates(params.map(({ name }) => name)).map((name) => `the param "${name}" is declared twice`),
    ...duplicates(spec.steps.map(({ name }) => name)).map((name) => `the step "${name}" stands there twice`),
    ...params.flatMap(defaultFaults),
    ...spec.steps.flatMap((step) => [
      ...variableFaults(step, params),
      ...listFaults(step, params),
      ...wordFaults(step),
    ]),
    ...(spec.results ?? []).flatMap(({ name, value }) => {
      const isFine = value === undefined || value === '' || /\$\(steps\.(.*?)\.results\.(.*?)\)/.test(value)
      return isFine ? [] : [`the value of the result "${name}" must be a step's result`]
    }),
  ]
}

/** Params of one run whose names differ in their letters' case only are one to Tekton's admission, and given twice. */
export function sameNameFaults(names: readonly string[]): string[] {
  return duplicates(names.map((name) => name.toLowerCase())).map((name) => `the param "${name}" is given twice`)
}

function duplicates(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}

function defaultFaults(param: TaskParam): string[] {
  const type = declaredType(param)
  if (!['string', 'array', 'object'].includes(type)) return [`the param "${param.name}" has no known type`]
  if (type === 'object' && param.properties === undefined) return [`the param "${param.name}" has no properties`]
  if (param.default === undefined || typeOf(param.default) === type) return []
  return [`the default of the param "${param.name}" is no ${type}`]
}

/** Variables that there are, by their prefix; `$(foo)` and `$(context.pipelineRun.name)` have none of these, and stay literal. */
function variableFaults(step: TaskStep, params: readonly TaskParam[]): string[] {
  const known: Readonly<Record<string, readonly string[]>> = {
    params: params.map(({ name }) => name),
    'context\\.taskRun': ['name', 'namespace', 'uid'],
    'context\\.task': ['name', 'retry-count'],
    ...Object.fromEntries(
      params
        .filter(({ properties }) => properties !== undefined)
        .map(({ name, properties = {} }) => [`params\\.${name}`, Object.keys(properties)]),
    ),
  }
  return Object.entries(known).flatMap(([prefix, names]) =>
    textsOf(step).flatMap((text) =>
      referencesOf(text, prefix)
        .map((name) => name.replaceAll(/\[\d*\*?\]/g, ''))
        .filter((name) => !names.includes(name))
        .map((name) => `non-existent variable ${prefix.replaceAll('\\', '')}.${name} in "${text}"`),
    ),
  )
}

/** A whole list must be an argument of its own, and cannot be in a text. */
function listFaults(step: TaskStep, params: readonly TaskParam[]): string[] {
  const lists = params.filter((param) => declaredType(param) === 'array').map(({ name }) => name)
  const namesList = (text: string) =>
    referencesOf(text, 'params').some((name) => lists.includes(name.replace(/\[\*\]$/, '')))
  const isolated = /^\$\(params[^()]*\)$/
  const args = [...(step.command ?? []), ...(step.args ?? [])].filter((arg) => namesList(arg) && !isolated.test(arg))
  const others = textsOf({ ...step, command: [], args: [] }).filter(namesList)
  return [...args, ...others].map((text) => `a whole list in "${text}"`)
}

function wordFaults({ name, onError, when = [] }: TaskStep): string[] {
  const isKnown =
    onError === undefined || ['', 'continue', 'stopAndFail'].includes(onError) || onError.startsWith('$(params')
  return [
    ...(isKnown ? [] : [`the onError of the step "${name}" is neither continue nor stopAndFail`]),
    ...when
      .filter(({ operator, values }) => !['in', 'notin'].includes(operator) || values.length === 0)
      .map(() => `a when of the step "${name}" has no values, or an operator other than in and notin`),
  ]
}

function textsOf(step: TaskStep): string[] {
  return [
    step.name,
    step.image ?? '',
    ...(step.command ?? []),
    ...(step.args ?? []),
    ...(step.env ?? []).map(({ value = '' }) => value),
    ...(step.volumeMounts ?? []).flatMap(({ name, mountPath }) => [name, mountPath]),
    step.onError ?? '',
  ]
}

/** Names behind the prefix; of `params.object.key` the object. */
function referencesOf(text: string, prefix: string): string[] {
  const pattern = new RegExp(String.raw`\$\(${prefix}(?:\.(.*?(?:\[\*\])?)|\["(.*?)"\]|\['(.*?)'\])\)`, 'g')
  return [...text.matchAll(pattern)].map(
    ([, dotted, double, single]) => dotted?.split('.')[0] ?? double ?? single ?? '',
  )
}

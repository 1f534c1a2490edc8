import { isDeepStrictEqual } from 'node:util'
import { argsOf, commandOf, envOf, imageOf, restricted, yamlDefault, type Published } from './step-action.ts'
import { parseValue } from '../step/parse-value.ts'
import { envName, resultsOf, stepImageParam, type Param, type StepDefinition } from '../step/define-step.ts'
import { checkParamReferences, checkWorkspaceReferences } from './check-references.ts'
import { checkUsersStep, isUsersStep } from './check-users-step.ts'
import { checkMounts, checkVolumes } from './check-volumes.ts'
import type { Task, TaskEnv, TaskStep } from './task.ts'

/** What the checker knows: the steps by name, and what is published with them. */
export type Contract = { readonly steps: ReadonlyMap<string, StepDefinition>; readonly published: Published }

/** A Task is a caller and a step is the function it calls: what a type checker would say of the calls. Empty when all is well. */
export function checkTask(task: Task, contract: Contract): string[] {
  return [
    ...checkMetadata(task, contract.published),
    ...checkReferences(task),
    ...checkResults(task),
    ...checkVolumes(task),
    ...task.spec.steps.flatMap((call) =>
      isUsersStep(call) ? checkUsersStep(task, call) : checkCall(task, call, contract),
    ),
    ...(task.spec.sidecars ?? []).flatMap((call) => checkCall(task, call, contract)),
  ]
}

function checkMetadata(task: Task, published: Published): string[] {
  const version = task.metadata.labels?.['app.kubernetes.io/version']
  const faults =
    version === published.version
      ? []
      : [`the label app.kubernetes.io/version is ${version}, the package is ${published.version}`]
  if ((task.spec.description ?? '') === '') faults.push('spec.description is missing')
  for (const { name, description } of task.spec.params ?? []) {
    if ((description ?? '') === '') faults.push(`param "${name}" has no description`)
  }
  return faults
}

/** Also where Tekton's admission does not look: volumes, sidecars. */
function checkReferences({ spec }: Task): string[] {
  const written = [spec.steps, spec.sidecars ?? [], spec.volumes ?? [], spec.results ?? []]
  const text = JSON.stringify(written)
  const faults = [
    ...checkParamReferences(written, spec.params ?? []),
    ...checkWorkspaceReferences(written, spec.workspaces ?? []),
  ]
  if (/\$\(context\.pipelineRun/.test(text))
    faults.push('$(context.pipelineRun…) stays literal in a Task: pass it as a param')
  if (/\$\(results\.[\w-]+\.path\)/.test(text))
    faults.push('a step writes $(results.….path): a later step can overwrite it; export $(steps.….results.…) instead')
  return faults
}

function checkResults(task: Task): string[] {
  const faults: string[] = []
  for (const { name, value } of task.spec.results ?? []) {
    const [, stepName = '', result = ''] = /^\$\(steps\.([\w-]+)\.results\.([\w-]+)\)$/.exec(value ?? '') ?? []
    const step = task.spec.steps.find((candidate) => candidate.name === stepName)
    if (step === undefined) faults.push(`result "${name}" is not the value of one step's result`)
    else if (!step.results?.some((candidate) => candidate.name === result)) {
      faults.push(`result "${name}" is taken from "${result}", which step "${stepName}" does not declare`)
    }
  }
  return faults
}

function checkCall(task: Task, call: TaskStep, contract: Contract): string[] {
  const at = (fault: string) => `step "${call.name}" ${fault}`
  const step = contract.steps.get(call.command?.[2] ?? '')
  if (call.script !== undefined) return [at('has a script: programs live in steps/, not in YAML')]
  if (step === undefined) return [at(`calls "${call.command?.[2] ?? ''}", which is no step of this repository`)]
  const faults: string[] = []
  const image = imageOf(step, contract.published)
  if (call.image !== image) faults.push(at(`runs the image ${call.image}, not ${image} of images/lock.yaml`))
  faults.push(...checkImageParam(task, step, contract.published).map(at))
  if (!isDeepStrictEqual(call.command, commandOf(step)))
    faults.push(at(`has the command ${JSON.stringify(call.command)}`))
  if (!isDeepStrictEqual(call.securityContext, restricted)) faults.push(at('is not restricted as all our steps are'))
  faults.push(...checkMounts(task, call, step).map(at))
  faults.push(...checkStepResults(call, step).map(at))
  faults.push(...checkArguments(task, call, step).map(at))
  return faults
}

/** What the param names when it is not given is the image of images/lock.yaml. */
function checkImageParam(task: Task, { imageParam: description }: StepDefinition, { image }: Published): string[] {
  if (description === undefined) return []
  const declared = task.spec.params?.find(({ name }) => name === stepImageParam)
  if (declared?.default === image && declared.description === description) return []
  return [`needs the param "${stepImageParam}" with the default ${image} and the words of its declaration`]
}

function checkStepResults(call: TaskStep, step: StepDefinition): string[] {
  const declared = new Set((call.results ?? []).map(({ name }) => name))
  return Object.keys(resultsOf(step))
    .filter((name) => !declared.has(name))
    .map((name) => `does not declare the result "${name}"`)
}

/** Env and args are the call's arguments: all there, none unknown, each one that the step's own parser takes. */
function checkArguments(task: Task, call: TaskStep, step: StepDefinition): string[] {
  const faults: string[] = []
  const wanted = new Map(
    envOf(step, { workspace: (name) => `$(workspaces.${name}.path)` }).map((env) => [env.name, env]),
  )
  for (const given of call.env ?? []) {
    const declared = wanted.get(given.name)
    wanted.delete(given.name)
    if (declared === undefined) faults.push(`passes ${given.name}, which ${step.name} does not declare`)
    else if (given.name.startsWith('PARAM_')) faults.push(...checkParam(task, given, step))
    else if (!isDeepStrictEqual(given, declared))
      faults.push(`fills ${given.name} from ${JSON.stringify(given.value ?? given.valueFrom)}`)
  }
  for (const name of wanted.keys()) faults.push(`does not pass ${name}`)
  const args = argsOf(step).args
  if (!isDeepStrictEqual(call.args, args))
    faults.push(`has the args ${JSON.stringify(call.args)}, not ${JSON.stringify(args)}`)
  for (const [name, param] of Object.entries(step.params)) {
    if (param.kind === 'list') faults.push(...checkHandedOn(task, name, name, param))
  }
  return faults
}

function checkParam(task: Task, given: TaskEnv, step: StepDefinition): string[] {
  const [name, param] =
    Object.entries(step.params).find(([candidate]) => envName('PARAM', candidate) === given.name) ?? []
  if (name === undefined || param === undefined) return [`passes ${given.name}, which ${step.name} does not declare`]
  const reference = /^\$\(params\.([\w-]+)\)$/.exec(given.value ?? '')?.[1]
  if (reference !== undefined) return checkHandedOn(task, reference, name, param)
  return literalFault(given.value ?? '', param, `sets ${name}`)
}

/** A param that the Task hands straight on is the same param: same words, same default. */
function checkHandedOn(task: Task, taskParam: string, name: string, param: Param): string[] {
  const declared = task.spec.params?.find((candidate) => candidate.name === taskParam)
  if (declared === undefined) return [`needs the param "${taskParam}", which the Task does not declare`]
  const faults: string[] = []
  const type = param.kind === 'list' ? 'array' : 'string'
  if ((declared.type ?? 'string') !== type)
    faults.push(`takes "${name}" as ${type}, the Task declares ${declared.type ?? 'string'}`)
  if (taskParam === name && declared.description !== param.description)
    faults.push(`describes "${name}" in other words than the Task`)
  const fallback = yamlDefault(param)
  if (taskParam === name && !isDeepStrictEqual(declared.default, fallback)) {
    faults.push(
      `has the default ${JSON.stringify(fallback)} for "${name}", the Task has ${JSON.stringify(declared.default)}`,
    )
  }
  if (typeof declared.default === 'string')
    faults.push(...literalFault(declared.default, param, `gets the default of "${taskParam}"`))
  return faults
}

function literalFault(literal: string, param: Param, what: string): string[] {
  if (literal.includes('$(')) return []
  if (literal === '')
    return param.profile === true || param.optional === true ? [] : [`${what} as '', which means "not given"`]
  const parsed = parseValue(param, [literal])
  return 'expected' in parsed ? [`${what} as "${literal}", expected ${parsed.expected}`] : []
}

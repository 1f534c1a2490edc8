import { isStepAction, resultsOf, tokenFiles, type StepDefinition } from '../step/define-step.ts'
import { stepActionCallee } from './callee.ts'
import { follow, type Catalog } from './catalog.ts'
import { checkGiven } from './check-given.ts'
import { checkParamReferences, checkWorkspaceReferences } from './check-references.ts'
import type { TaskSpec, TaskStep, TaskVolume } from './task.ts'

/** What the StepAction brings itself; Tekton refuses a step that has it beside `ref` (docs/stepactions.md). */
const notBesideRef = ['image', 'command', 'args', 'script', 'workingDir', 'env', 'volumeMounts', 'results'] as const

/** A Task that somebody else has written, whose steps may `ref` our StepActions. Empty when all is well. */
export function checkOwnTask(spec: TaskSpec, steps: Catalog['steps']): string[] {
  const written = [spec.steps, spec.stepTemplate ?? {}, spec.sidecars ?? [], spec.volumes ?? [], spec.results ?? []]
  return [
    ...checkParamReferences(written, spec.params ?? []),
    ...checkWorkspaceReferences(written, spec.workspaces ?? []),
    ...spec.steps.flatMap((call) => checkReference(spec, call, steps).map((fault) => `step "${call.name}" ${fault}`)),
    ...checkStepResults(spec, steps),
  ]
}

function checkReference(spec: TaskSpec, call: TaskStep, steps: Catalog['steps']): string[] {
  if (call.ref === undefined) return call.params === undefined ? [] : ['has params without ref: Tekton refuses them']
  const step = follow(call.ref, 'StepAction', steps)
  if ('fault' in step) return [step.fault]
  if (!isStepAction(step.found)) return [`calls "${step.found.name}", which has no StepAction`]
  return [
    ...notBesideRef.filter((field) => field in call).map((field) => `has ${field} beside ref: Tekton refuses that`),
    ...checkGiven(stepActionCallee(step.found), call.params ?? []),
    ...checkTokenVolume(spec, call, step.found),
    ...checkScratchVolume(spec, call, step.found),
    ...checkHandOverVolume(spec, call, step.found),
  ]
}

/** Literal texts that a step is given; what Tekton has yet to fill in is undefined. */
function literal(call: TaskStep, name: string): string | undefined {
  const value = call.params?.find((param) => param.name === name)?.value
  return typeof value === 'string' && !value.includes('$(') ? value : undefined
}

function checkTokenVolume(spec: TaskSpec, call: TaskStep, step: StepDefinition): string[] {
  const name = step.token ? literal(call, 'token-volume') : undefined
  if (name === undefined) return []
  const volume = spec.volumes?.find((candidate) => candidate.name === name)
  if (volume === undefined) return [`gives "token-volume" as "${name}", which is no volume of the Task`]
  const proofs = Object.keys(step.params).filter((param) => /(^|-)aws-identity$/.test(param))
  const forAws = proofs.some((param) => literal(call, param) === 'cluster')
  return [
    ...checkTokenFile(volume, call, { step, file: tokenFiles.TOKEN_FILE, param: 'token-audience', needed: true }),
    ...checkTokenFile(volume, call, {
      step,
      file: tokenFiles.AWS_TOKEN_FILE,
      param: 'aws-token-audience',
      needed: forAws,
    }),
  ]
}

type TokenFile = {
  readonly step: StepDefinition
  readonly file: string
  readonly param: string
  readonly needed: boolean
}

/** A token of the volume must be there when it is needed, and be for the audience that the step is told. */
function checkTokenFile(volume: TaskVolume, call: TaskStep, { step, file, param, needed }: TokenFile): string[] {
  const { name } = volume
  const tokens = volume.projected?.sources?.flatMap((source) => source.serviceAccountToken ?? []) ?? []
  const token = tokens.find(({ path }) => path === file)
  if (token === undefined) {
    return needed ? [`gives "token-volume" as "${name}", which holds no service-account token in "${file}"`] : []
  }
  const given = call.params?.find((candidate) => candidate.name === param)?.value
  const wanted = given ?? step.params[param]?.default
  if (wanted === undefined || token.audience === wanted) return []
  return [`expects the token audience ${String(wanted)}, the volume "${name}" has ${token.audience ?? '(none)'}`]
}

function checkScratchVolume(spec: TaskSpec, call: TaskStep, step: StepDefinition): string[] {
  const name = step.scratch === true ? literal(call, 'scratch-volume') : undefined
  if (name === undefined) return []
  const volume = spec.volumes?.find((candidate) => candidate.name === name)
  if (volume === undefined) return [`gives "scratch-volume" as "${name}", which is no volume of the Task`]
  return volume.emptyDir === undefined ? [`gives "scratch-volume" as "${name}", which is no emptyDir`] : []
}

/** Credentials on the node's disk would outlive the pod. */
function checkHandOverVolume(spec: TaskSpec, call: TaskStep, step: StepDefinition): string[] {
  const name = step.handOver === true ? literal(call, 'hand-over-volume') : undefined
  if (name === undefined) return []
  const volume = spec.volumes?.find((candidate) => candidate.name === name)
  if (volume === undefined) return [`gives "hand-over-volume" as "${name}", which is no volume of the Task`]
  return volume.emptyDir?.medium === 'Memory' ? [] : [`gives "hand-over-volume" as "${name}", which is not on memory`]
}

/** `$(steps.x.results.y)` only of an earlier step that declares it; a result of the Task comes from any. */
function checkStepResults(spec: TaskSpec, steps: Catalog['steps']): string[] {
  const declared = new Map<string, ReadonlySet<string>>()
  const faults: string[] = []
  for (const call of spec.steps) {
    faults.push(...unknownResults(`step "${call.name}"`, call, declared))
    declared.set(call.name, new Set(declaredResults(call, steps)))
  }
  for (const result of spec.results ?? []) faults.push(...unknownResults(`result "${result.name}"`, result, declared))
  return faults
}

function declaredResults(call: TaskStep, steps: Catalog['steps']): string[] {
  if (call.ref === undefined) return (call.results ?? []).map(({ name }) => name)
  const step = follow(call.ref, 'StepAction', steps)
  return 'found' in step ? Object.keys(resultsOf(step.found)) : []
}

function unknownResults(who: string, written: unknown, declared: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return [...JSON.stringify(written).matchAll(/\$\(steps\.([\w-]+)\.results\.([\w-]+)/g)].flatMap(
    ([, step = '', result = '']) => {
      const results = declared.get(step)
      if (results === undefined) return [`${who} takes a result of "${step}", which is no earlier step`]
      return results.has(result) ? [] : [`${who} takes "${result}" of step "${step}", which does not declare it`]
    },
  )
}

import { readGiven, withDeclared, type Call, type Scope } from './call.ts'
import { checkParams } from './check-params.ts'
import { checkValues } from './check-values.ts'
import { checkGivenVariables, checkVariables, type Surroundings } from './check-variables.ts'
import { checkVolumes } from './check-volumes.ts'
import { finding, type Finding } from './finding.ts'
import { follow, type Known } from './reference.ts'
import { fieldOf, itemsOf, placeOf, scalarsOf, textOf, type Tree } from './tree.ts'

/** What was found, and how many calls of ours were looked at. */
export type Checked = { readonly findings: readonly Finding[]; readonly calls: number }

/** Where the spec of a Task stands. */
export type TaskPlace = {
  readonly owner: string
  readonly place: 'Task' | 'taskSpec'
  /** What an embedded spec gets from what it is embedded in. */
  readonly scope: Scope
  /** Volumes of the run's pod template. */
  readonly volumes?: readonly Tree[]
  readonly isTemplate: boolean
}

/** What the StepAction brings itself; Tekton refuses a step that has it beside `ref` (docs/stepactions.md). */
const notBesideRef = ['image', 'command', 'args', 'script', 'workingDir', 'env', 'volumeMounts', 'results'] as const

const none: Checked = { findings: [], calls: 0 }

/** A Task whose steps may `ref` our StepActions. Of a Task without such a step nothing is said. */
export function checkTaskSpec(
  spec: Tree | undefined,
  { owner, place, scope: outer, ...more }: TaskPlace,
  known: Known,
): Checked {
  const scope = withDeclared(outer, itemsOf(spec, 'params'))
  const steps = itemsOf(spec, 'steps').map((step) => ({
    step,
    name: textOf(step, 'name') ?? '',
    where: `step "${textOf(step, 'name') ?? '(no name)'}" of ${owner}`,
  }))
  const followed = steps.map((one) => ({ ...one, ...follow(fieldOf(one.step, 'ref'), 'StepAction', one.where, known) }))
  const unknown = followed.flatMap(({ findings }) => findings)
  const calls = followed.flatMap(({ step, where, called }): (Call & { readonly step: Tree })[] =>
    called === undefined
      ? []
      : [{ step, where, called, at: placeOf(step, 'ref'), given: readGiven(itemsOf(step, 'params')), scope }],
  )
  if (spec === undefined || calls.length === 0) return { ...none, findings: unknown }
  const results = new Map(followed.map(({ step, name, called }) => [name, called?.results ?? resultsOf(step)]))
  const around: Surroundings = { where: owner, scope, place, steps: results, isTemplate: more.isTemplate }
  const volumes = [...itemsOf(spec, 'volumes'), ...(more.volumes ?? [])]
  return {
    calls: calls.length,
    findings: [
      ...unknown,
      ...calls.flatMap((call) => [...checkCall(call, around), ...checkBeside(call), ...checkVolumes(call, volumes)]),
      // Volumes and sidecars, too: Tekton's admission looks at steps alone.
      ...checkVariables(writtenIn(spec, new Set(calls.map(({ step }) => step))), around),
    ],
  }
}

/** What every call of ours is checked for. */
export function checkCall(call: Call, around: Surroundings): readonly Finding[] {
  const values = call.given.flatMap(({ value }) => scalarsOf(value))
  return [
    ...checkParams(call),
    ...checkValues(call),
    ...checkGivenVariables(values, { ...around, where: `params of ${call.where}` }),
  ]
}

function checkBeside({ step, where }: Call & { readonly step: Tree }): readonly Finding[] {
  return notBesideRef
    .filter((field) => fieldOf(step, field) !== undefined)
    .map((field) =>
      finding('beside-ref', placeOf(step, field), { where, got: field, expected: 'ref and params alone' }),
    )
}

/** What Tekton fills in, but for what our calls are given, and for declarations. */
function writtenIn(spec: Tree, calls: ReadonlySet<Tree>) {
  const others = itemsOf(spec, 'steps').filter((step) => !calls.has(step))
  const parts = ['stepTemplate', 'sidecars', 'volumes', 'results'].map((key) => fieldOf(spec, key))
  return [...others, ...parts].flatMap((part) => scalarsOf(part, ['description']))
}

/** What a step of somebody else has declares; undefined where that stands elsewhere. */
function resultsOf(step: Tree): readonly string[] | undefined {
  if (fieldOf(step, 'ref') !== undefined) return undefined
  return itemsOf(step, 'results').flatMap((result) => textOf(result, 'name') ?? [])
}

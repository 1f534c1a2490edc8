import { tokenFiles } from '../../lib/step/define-step.ts'
import type { Call, Given } from './call.ts'
import { finding, shown, type Finding } from './finding.ts'
import { fieldOf, itemsOf, textOf, type Tree } from './tree.ts'
import { isFilledInLater } from './variables.ts'

/** The volumes that a StepAction is told to mount: declared in the Task, and as it needs them. */
export function checkVolumes(call: Call, volumes: readonly Tree[]): readonly Finding[] {
  return [
    ...checkVolume(call, 'token-volume', { volumes, check: tokenFaults }),
    ...checkVolume(call, 'scratch-volume', { volumes, check: scratchFaults }),
    ...checkVolume(call, 'hand-over-volume', { volumes, check: handOverFaults }),
  ]
}

/** What does not fit: what there is, and what was expected. */
type Unfit = { readonly at: Tree; readonly got: string; readonly expected: string }
type Check = (volume: Tree, call: Call) => readonly Unfit[]

function checkVolume(
  call: Call,
  param: string,
  { volumes, check }: { volumes: readonly Tree[]; check: Check },
): readonly Finding[] {
  const given = call.called.params.has(param) ? call.given.find(({ name }) => name === param) : undefined
  const name = literalOf(given)
  if (given === undefined || name === undefined) return []
  const where = `param "${param}" of ${call.where}`
  const volume = volumes.find((one) => textOf(one, 'name') === name)
  if (volume === undefined) {
    const names = volumes.flatMap((one) => textOf(one, 'name') ?? [])
    const expected = `a volume of this Task${names.length === 0 ? ', which has none' : `: ${names.join(', ')}`}`
    return [finding('missing-volume', given.value.at, { where, got: shown(name), expected })]
  }
  return check(volume, call).map(({ at, got, expected }) =>
    finding('unfit-volume', at.at, { where: `volume "${name}", mounted by ${call.where}`, got, expected }),
  )
}

function literalOf(given: Given | undefined): string | undefined {
  if (given?.value.kind !== 'scalar' || isFilledInLater(given.value.text) || given.value.text === '') return undefined
  return given.value.text
}

function tokenFaults(volume: Tree, call: Call): readonly Unfit[] {
  const forAws = call.given.some((given) => /(^|-)aws-identity$/.test(given.name) && literalOf(given) === 'cluster')
  return [
    ...tokenFault(volume, call, { file: tokenFiles.TOKEN_FILE, param: 'token-audience', isNeeded: true }),
    ...tokenFault(volume, call, { file: tokenFiles.AWS_TOKEN_FILE, param: 'aws-token-audience', isNeeded: forAws }),
  ]
}

type TokenFile = { readonly file: string; readonly param: string; readonly isNeeded: boolean }

/** A token must be there when it is needed, and be for the audience that the step is told. */
function tokenFault(volume: Tree, call: Call, { file, param, isNeeded }: TokenFile): readonly Unfit[] {
  const tokens = itemsOf(volume, 'projected', 'sources').flatMap(
    (source) => fieldOf(source, 'serviceAccountToken') ?? [],
  )
  const token = tokens.find((one) => textOf(one, 'path') === file)
  if (token === undefined) {
    if (!isNeeded) return []
    const got = fieldOf(volume, 'projected') === undefined ? 'no projected volume' : `no token in the file "${file}"`
    return [{ at: volume, got, expected: `a projected service-account token in the file "${file}"` }]
  }
  const given = call.given.find(({ name }) => name === param)
  const fallback = call.called.step.params[param]?.default
  const wanted = given?.value.kind === 'scalar' ? given.value.text : typeof fallback === 'string' ? fallback : undefined
  const audience = textOf(token, 'audience')
  // Both may be the same param; what they become is not known.
  const isOpen = wanted === undefined || audience === wanted || [wanted, audience ?? ''].some(isFilledInLater)
  if (isOpen) return []
  const got = audience === undefined ? 'a token without an audience, which the API server takes' : shown(audience)
  return [
    { at: fieldOf(token, 'audience') ?? token, got, expected: `the audience ${shown(wanted)}, as ${param} has it` },
  ]
}

function scratchFaults(volume: Tree): readonly Unfit[] {
  if (fieldOf(volume, 'emptyDir') !== undefined) return []
  return [{ at: volume, got: 'another kind of volume', expected: 'emptyDir: {}' }]
}

/** Credentials on the node's disk would outlive the pod. */
function handOverFaults(volume: Tree): readonly Unfit[] {
  if (textOf(volume, 'emptyDir', 'medium') === 'Memory') return []
  const got =
    fieldOf(volume, 'emptyDir') === undefined ? 'another kind of volume' : 'an emptyDir on the disk of the node'
  return [{ at: volume, got, expected: 'emptyDir: { medium: Memory }' }]
}

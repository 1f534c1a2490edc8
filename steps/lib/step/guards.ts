import type { Fault } from '../core/errors.ts'
import type { Param, StepDefinition } from './define-step.ts'

/** A param that was given, and what the profile has. */
type Given = {
  readonly name: string
  readonly param: Param
  readonly texts: readonly string[]
  /** Name of the profile's ConfigMap. */
  readonly profile: string
  readonly isInProfile: (name: string, param: Param) => boolean
}

/** The fault of a param that adds to what a guard of the profile allows, although the profile has no such key. Throws when there is no such guard: it would hold nothing. */
export function addedToGuard(step: StepDefinition, { name, param, texts, profile, isInProfile }: Given): Fault[] {
  const isSet = (guard: string) => {
    const known = step.params[guard]
    if (known === undefined) throw new TypeError(`${name} is guarded by ${guard}, which ${step.name} does not declare`)
    return isInProfile(guard, known)
  }
  const guard = isInProfile(name, param) ? undefined : param.guardedBy?.find(isSet)
  if (guard === undefined) return []
  const expected = `nothing: the profile ${profile} sets ${guard}, beside which ${name} could allow more`
  return [{ param: name, got: texts.join(' ').slice(0, 100), expected }]
}

/** Where the value of a list comes from to which both the profile and the run's author gave entries. */
export const fromBoth = 'profile and param'

type Effective = readonly { readonly name: string; readonly value: string; readonly from: string }[]

/** The faults of entries that the run's author added to a rule of the profile of which one entry is enough. */
export function weakenedFaults(
  step: StepDefinition,
  inputs: Readonly<Record<string, unknown>>,
  effective: Effective,
): Fault[] {
  return effective.flatMap(({ name, value, from }) => {
    const { notWith } = step.params[name]?.adds ?? {}
    if (from !== fromBoth || notWith === undefined || inputs[notWith[0]] !== notWith[1]) return []
    const [other, which] = notWith
    const expected = `nothing: the profile sets ${name}, and with ${other}: ${which} each entry more would let more pass`
    return [{ param: name, got: value, expected }]
  })
}

/** The fault of a param that only the profile may say, when the run's author says it. What the profile says itself stands in any case. */
export function unvouchedFault({ name, param, texts, profile, isInProfile }: Given): Fault[] {
  if (param.vouched === undefined || isInProfile(name, param)) return []
  const expected = `nothing: only the profile ${profile} can say it, by the key ${param.profileKey ?? name}`
  return [{ param: name, got: texts.join(' ').slice(0, 100), expected }]
}

/** The faults of params that the run's author gave and that would not be used beside another's value: an input is never ignored without a word. */
export function idleFaults(
  step: StepDefinition,
  inputs: Readonly<Record<string, unknown>>,
  effective: Effective,
): Fault[] {
  const fromOf = new Map(effective.map(({ name, from }) => [name, from]))
  return Object.entries(step.params).flatMap(([name, { idleWith: [other, value] = ['', ''] }]) => {
    if (fromOf.get(name) !== 'param' || inputs[other] !== value) return []
    const where = fromOf.get(other) === 'profile' ? ' of the profile' : ''
    const expected = `nothing, with ${other}: ${value}${where}, which makes no use of it; take ${name} away, or change ${other}`
    return [{ param: name, got: effective.find((one) => one.name === name)?.value ?? '', expected }]
  })
}

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
  const expected = `nothing: the profile ${profile} sets ${guard}, and what both allow would add up`
  return [{ param: name, got: texts.join(' ').slice(0, 100), expected }]
}

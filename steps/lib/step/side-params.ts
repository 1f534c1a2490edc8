import type { Fault } from '../core/errors.ts'
import { sidedName, type Param, type ParamsValues } from './define-step.ts'

type Params = Readonly<Record<string, Param>>

/** What each param is called on a side: `tenant-id` is `from-tenant-id`. */
export type SideParams<S extends string, T extends Params> = {
  readonly [N in keyof T & string as `${S}-${N}`]: T[N]
}

/**
 * A second set of the same params, for a step that acts as two: each with the side before its name, its key in the profile that the side's own
 * `identity` names, guarded by the guards of its side. All that a set has or will have, the sides have too.
 */
export function sideParams<const S extends string, const T extends Params>(side: S, params: T): SideParams<S, T> {
  const spell = sideSpeller(side, params)
  const entries = Object.entries(params).map(([name, param]): [string, Param] => {
    const { description, guardedBy, idleWith } = param
    const changed = {
      description: `For \`${side}\`: ${spell(lowered(description))}`,
      ...(param.profile === true ? { profileKey: param.profileKey ?? name, profileOf: `${side}-identity` } : {}),
      ...(guardedBy === undefined ? {} : { guardedBy: guardedBy.map((guard) => sidedName(side, guard)) }),
      ...(idleWith === undefined ? {} : { idleWith: [sidedName(side, idleWith[0]), idleWith[1]] as const }),
    }
    return [sidedName(side, name), { ...param, ...changed }]
  })
  // Each name was changed as the type says.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(entries) as SideParams<S, T>
}

/** The values of one side, by the names that a step with one identity has. What stands there under another name, or undefined, stays so. */
export function sideValues<const T extends Params>(
  side: string | undefined,
  params: T,
  values: Readonly<Record<string, unknown>>,
): Partial<ParamsValues<T>> {
  const entries = Object.keys(params).map((name) => [name, values[sidedName(side, name)]] as const)
  // The values of the side's params are of the kinds that the set declares.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Partial<ParamsValues<T>>
}

/** Whose faults they are: the side, its params, and what else is called otherwise than in the faults. */
type Spelling = {
  readonly side: string
  readonly params: Params
  readonly others?: Readonly<Record<string, string>>
}

/** Faults of one side's values by the names that the user knows. */
export function sideFaults({ side, params, others = {} }: Spelling, faults: readonly Fault[]): readonly Fault[] {
  const spell = sideSpeller(side, params)
  const nameOf = (name: string) => others[name] ?? (Object.hasOwn(params, name) ? sidedName(side, name) : name)
  return faults.map(({ param, got, expected }) => {
    return { param: param.replace(/^[\w-]+/, nameOf), got, expected: spell(expected) }
  })
}

/** Puts the side before the names of its params in a text. Keys of a profile have none, and `identity` is a word of the language, too. */
export function sideSpeller(side: string, params: Params): (text: string) => string {
  return (text) =>
    text.replace(/(?<!\bkey )(?<![\w-])[a-z]+(-[a-z]+)+(?![\w-])/g, (name) =>
      Object.hasOwn(params, name) ? sidedName(side, name) : name,
    )
}

/** `IAM role` stays as it is, `Microsoft Entra tenant` too: only words of the language lose their capital. */
function lowered(text: string): string {
  return /^(How|Name|Where|Which|Region|Client|Audience)\b/.test(text)
    ? text.charAt(0).toLowerCase() + text.slice(1)
    : text
}

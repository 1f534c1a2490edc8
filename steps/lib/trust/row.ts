import type { ErrorCode } from '../core/error-table.ts'
import { describeError, type StepError } from '../core/errors.ts'
import type { SetUp } from './set-up/set-up.ts'

/**
 * How one thing stands. `weak`: it works, and should not stay so. `not seen`: nobody could look, which is never `ok`. `follows`: it was not
 * tried or did not work because of another row, which names the cause.
 */
export type Standing = 'ok' | 'weak' | 'failed' | 'not seen' | 'follows'

/** What a row is about, in the order of the way from the pod to the registries. */
export const checks = [
  'token',
  'issuer',
  'keys',
  'client',
  'credential',
  'credential-count',
  'exchange',
  'assignment',
  'trust-policy',
  'session',
  'push',
] as const

export type Check = (typeof checks)[number]

/** One row of the verdict. */
export type Row = {
  readonly check: Check
  /** Which one of several: a resource, a role, a repository. */
  readonly about: string
  readonly standing: Standing
  /** A stable name of what was found: `trust-policy-without-oaud`; of an error its code in lower case. */
  readonly cause: string
  readonly text: string
  /** The error behind it, where there is one. */
  readonly code?: ErrorCode
  /** What to do, in words. */
  readonly advice?: string
  /** What to create, ready to be pasted. */
  readonly create?: readonly SetUp[]
}

/** The cause that an error is. */
function causeOf(code: ErrorCode): string {
  return code.toLowerCase().replaceAll('_', '-')
}

type Place = Pick<Row, 'check' | 'about'>

/** The row of an error: with what to create where that is known, else with the error's own remedy. */
export function failedRow(place: Place, error: StepError, create: readonly SetUp[] = []): Row {
  const { what, remedy, sent } = describeError(error)
  const compared = sent.map(([name, value]) => `${name} ${value}`).join(', ')
  const upstream = error.upstream?.code ?? ''
  const details = [compared, upstream].filter((text) => text !== '').join('; ')
  return {
    ...place,
    standing: 'failed',
    cause: causeOf(error.code),
    text: details === '' ? what : `${what} (${details})`,
    code: error.code,
    ...(create.length > 0 ? { create } : { advice: remedy }),
  }
}

/** A row that another row explains. */
export function followsRow(place: Place, text: string): Row {
  return { ...place, standing: 'follows', cause: 'follows', text }
}

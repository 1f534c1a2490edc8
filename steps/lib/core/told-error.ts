import { errorTable, type ErrorCode } from './error-table.ts'
import { StepError, type Fault, type Upstream } from './errors.ts'
import { isObject } from './strict-json.ts'

/** An error as one of our programs tells it to another: all that its texts are made from. */
export type ToldError = {
  readonly code: ErrorCode
  readonly values: Readonly<Record<string, string>>
  readonly faults: readonly Fault[]
  readonly upstream: Upstream | undefined
}

/** The parts of an error that another program of ours needs to say the same. */
export function tellError({ code, values, faults, upstream }: StepError): ToldError {
  return { code, values, faults, upstream }
}

/** The error that another program of ours, of the same version, has told; undefined where it is none. */
export function heardError(told: unknown): StepError | undefined {
  if (!isObject(told)) return undefined
  const { code, values, faults, upstream } = told
  if (typeof code !== 'string' || !isCode(code) || !isObject(values) || !Array.isArray(faults)) return undefined
  // Our own programs wrote them, from the types that they are given here.
  // oxlint-disable typescript/no-unsafe-type-assertion
  return new StepError(code, values as Record<string, string>, {
    faults: faults as readonly Fault[],
    upstream: upstream as Upstream | undefined,
  })
  // oxlint-enable typescript/no-unsafe-type-assertion
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorTable, text)
}

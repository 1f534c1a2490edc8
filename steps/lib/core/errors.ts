import { errorRow, type ErrorCode, type ErrorValues } from './error-table.ts'

/** What the other side said, in its own words and ids, for the line `cause`. */
export type Upstream = {
  /** `Entra`, `STS`, `ECR`, or the registry's host. */
  readonly service: string
  readonly status?: number
  /** The other side's code: `AADSTS700213`, `AccessDenied`, `DENIED`. */
  readonly code?: string
  readonly message?: string
  /** Trace, correlation and request ids by name. */
  readonly ids?: Readonly<Record<string, string>>
}

/** One thing wrong with the inputs. Everything is spelled as the user spells it. */
export type Fault = {
  readonly param: string
  readonly got: string
  readonly expected: string
}

export type StepErrorOptions = {
  readonly cause?: unknown
  readonly upstream?: Upstream | undefined
  readonly faults?: readonly Fault[]
  /** How long the other side asked to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined
  /** Gives params in the error's texts the names that the user knows; as they are where it is absent. */
  readonly spelling?: Spelling | undefined
}

/** Puts the names that a user knows in the place of those of a text. */
export type Spelling = (text: string) => string

/** The one error class: a stable code and the values that belong to it. All prose comes from the error table. */
export class StepError extends Error {
  override readonly name = 'StepError'
  readonly code: ErrorCode
  readonly values: Readonly<Record<string, string>>
  readonly upstream: Upstream | undefined
  readonly faults: readonly Fault[]
  readonly retryAfterMs: number | undefined
  readonly spelling: Spelling

  constructor(code: ErrorCode, values: Readonly<Record<string, string>>, options: StepErrorOptions) {
    const { spelling = (text) => text } = options
    super(fill(spelling(errorRow(code).what), values), { cause: options.cause })
    this.code = code
    this.values = values
    this.upstream = options.upstream
    this.faults = options.faults ?? []
    this.retryAfterMs = options.retryAfterMs
    this.spelling = spelling
  }
}

/** The same error with its params named as the user knows them; what is no error of ours, or has no other names, as it is. */
export function spelled(error: unknown, spelling: Spelling | undefined): unknown {
  if (!(error instanceof StepError) || spelling === undefined) return error
  const { code, values, cause, upstream, faults, retryAfterMs } = error
  return new StepError(code, values, { cause, upstream, faults, retryAfterMs, spelling })
}

/** Makes the error of a code; the compiler asks for exactly the values that the code's texts name. */
export function stepError<C extends ErrorCode>(
  code: C,
  values: ErrorValues<C>,
  options: StepErrorOptions = {},
): StepError {
  return new StepError(code, values, options)
}

/** Whether what was thrown is the error of this code. */
export function isCode(error: unknown, code: ErrorCode): error is StepError {
  return error instanceof StepError && error.code === code
}

/** The texts of an error with its values filled in. */
export function describeError(error: StepError): {
  readonly what: string
  readonly sent: readonly (readonly [name: string, value: string])[]
  readonly remedy: string
} {
  const row = errorRow(error.code)
  return {
    what: fill(error.spelling(row.what), error.values),
    sent: (row.sent ?? []).map((name) => [name, printable(error.values[name] ?? '')]),
    remedy: fill(error.spelling(row.remedy), error.values),
  }
}

/** The error as it leaves a step: what nobody foresaw becomes INTERNAL with its cause kept. */
export function asStepError(error: unknown): StepError {
  if (error instanceof StepError) return error
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return stepError('INTERNAL', { reason }, { cause: error })
}

/** Text from outside, safe on a terminal: control characters (escape sequences among them) shown as `·`, cut at 2,000 characters. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const clean = text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '·')
  return clean.length > 2000 ? `${clean.slice(0, 2000)}…` : clean
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/<([^<>]+)>/g, (whole, name: string) => {
    const value = values[name]
    return value === undefined ? whole : printable(value)
  })
}

import type { StepError } from '../core/errors.ts'

/** A failure of a step that has found out what it was asked for all the same: its results are written, and it fails. */
export class FailedWithResults extends Error {
  override readonly name = 'FailedWithResults'
  readonly failure: StepError
  readonly results: Readonly<Record<string, string>>
  constructor(failure: StepError, results: Readonly<Record<string, string>>) {
    super(failure.message, { cause: failure })
    this.failure = failure
    this.results = results
  }
}

import type { RuleId } from '../../steps/cli/lint/rules.ts'

/** One way to spoil a good document, and the one finding that it gives. */
export type LintCase = {
  readonly rule: RuleId
  readonly what: string
  readonly good: string
  readonly from: string
  readonly to: string
  /** The place, as a text that stands there; where it is absent, `to` is. */
  readonly at?: string
  readonly got: string
  readonly expected: string
}

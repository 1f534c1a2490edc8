import { printable } from '../../lib/core/errors.ts'
import { secretIn } from './secrets.ts'
import { rules, type RuleId, type Severity } from './rules.ts'

/** Where something stands; lines and columns are counted from one. */
export type Position = { readonly file: string; readonly line: number; readonly column: number }

/** One thing that is wrong. */
export type Finding = Position & {
  readonly rule: RuleId
  readonly severity: Severity
  /** What is concerned, such as `task "push" of Pipeline "release"`. */
  readonly where: string
  readonly got: string
  readonly expected: string
  readonly mend: string
}

/** What a check says; the rule gives the rest. */
export type Told = { readonly where: string; readonly got: string; readonly expected: string; readonly mend?: string }

const longestShown = 100

export function finding(rule: RuleId, { file, line, column }: Position, told: Told): Finding {
  const { severity, mend } = rules[rule]
  return { rule, severity, file, line, column, mend, ...told }
}

/** A value as a finding may show it: never one that looks like a secret, and only its beginning when it is long. */
export function shown(text: string): string {
  if (secretIn('', text) !== undefined) return '(not shown)'
  const clean = printable(text).replaceAll(/\s+/g, ' ')
  return `"${clean.length > longestShown ? `${clean.slice(0, longestShown)}…` : clean}"`
}

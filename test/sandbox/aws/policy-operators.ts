import { isInRange } from './ip-range.ts'
import { fitsArn, fitsPattern } from './policy-patterns.ts'

/** How one value of the request is compared with one value of the policy. */
export type ConditionOperator = {
  readonly matches: (given: string, wanted: string) => boolean
  /** Holds when no policy value matches, and also when the key is missing. */
  readonly negated?: true
  /** Whether its values may hold policy variables: those of strings and ARNs may. */
  readonly takesVariables?: true
  /** Whether it reads wildcards. */
  readonly takesPatterns?: true
}

const equal = (given: string, wanted: string): boolean => given === wanted
const equalIgnoringCase = (given: string, wanted: string): boolean => given.toLowerCase() === wanted.toLowerCase()

type Comparison = (given: number, wanted: number) => boolean
const COMPARISONS: Readonly<Record<string, Comparison>> = {
  Equals: (given, wanted) => given === wanted,
  LessThan: (given, wanted) => given < wanted,
  LessThanEquals: (given, wanted) => given <= wanted,
  GreaterThan: (given, wanted) => given > wanted,
  GreaterThanEquals: (given, wanted) => given >= wanted,
}

const NUMBER = /^-?\d+(?:\.\d+)?$/
const asNumber = (text: string): number => (NUMBER.test(text) ? Number(text) : Number.NaN)

/** Dates are ISO 8601 or epoch seconds; what is neither compares as false. */
const asInstant = (text: string): number => (NUMBER.test(text) ? Number(text) * 1000 : Date.parse(text))

const family = (prefix: string, parse: (text: string) => number): [string, ConditionOperator][] => [
  ...Object.entries(COMPARISONS).map(([name, holds]): [string, ConditionOperator] => [
    `${prefix}${name}`,
    { matches: (given, wanted) => holds(parse(given), parse(wanted)) },
  ]),
  [`${prefix}NotEquals`, { matches: (given, wanted) => parse(given) === parse(wanted), negated: true }],
]

/**
 * The condition operators that the sandbox evaluates, by the names that IAM gives them. `Null` is not here: it looks at
 * the key's presence, not at values. An operator that is not here (a misspelling, mostly) makes the
 * whole policy invalid.
 */
export const CONDITION_OPERATORS: ReadonlyMap<string, ConditionOperator> = new Map<string, ConditionOperator>([
  ['StringEquals', { matches: equal, takesVariables: true }],
  ['StringNotEquals', { matches: equal, negated: true, takesVariables: true }],
  ['StringEqualsIgnoreCase', { matches: equalIgnoringCase, takesVariables: true }],
  ['StringNotEqualsIgnoreCase', { matches: equalIgnoringCase, negated: true, takesVariables: true }],
  ['StringLike', { matches: fitsPattern, takesVariables: true, takesPatterns: true }],
  ['StringNotLike', { matches: fitsPattern, negated: true, takesVariables: true, takesPatterns: true }],
  ['ArnEquals', { matches: fitsArn, takesVariables: true, takesPatterns: true }],
  ['ArnLike', { matches: fitsArn, takesVariables: true, takesPatterns: true }],
  ['ArnNotEquals', { matches: fitsArn, negated: true, takesVariables: true, takesPatterns: true }],
  ['ArnNotLike', { matches: fitsArn, negated: true, takesVariables: true, takesPatterns: true }],
  ['Bool', { matches: equalIgnoringCase }],
  ['BinaryEquals', { matches: equal }],
  ['IpAddress', { matches: isInRange }],
  ['NotIpAddress', { matches: isInRange, negated: true }],
  ...family('Numeric', asNumber),
  ...family('Date', asInstant),
])

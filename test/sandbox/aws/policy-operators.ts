import { fitsArn, fitsPattern } from './policy-patterns.ts'

/** How one value of the request is compared with one value of the policy. */
export type ConditionOperator = {
  readonly matches: (given: string, wanted: string) => boolean
  /** Holds when no policy value matches, and also when the key is missing. */
  readonly negated?: true
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
 * the key's presence, not at values. An operator that is not here (`IpAddress`, `BinaryEquals`, a misspelling) makes the
 * whole policy invalid.
 */
export const CONDITION_OPERATORS: ReadonlyMap<string, ConditionOperator> = new Map<string, ConditionOperator>([
  ['StringEquals', { matches: equal }],
  ['StringNotEquals', { matches: equal, negated: true }],
  ['StringEqualsIgnoreCase', { matches: equalIgnoringCase }],
  ['StringNotEqualsIgnoreCase', { matches: equalIgnoringCase, negated: true }],
  ['StringLike', { matches: fitsPattern }],
  ['StringNotLike', { matches: fitsPattern, negated: true }],
  ['ArnEquals', { matches: fitsArn }],
  ['ArnLike', { matches: fitsArn }],
  ['ArnNotEquals', { matches: fitsArn, negated: true }],
  ['ArnNotLike', { matches: fitsArn, negated: true }],
  ['Bool', { matches: equalIgnoringCase }],
  ...family('Numeric', asNumber),
  ...family('Date', asInstant),
])

import { CONDITION_OPERATORS } from './policy-operators.ts'
import type { ConditionOperator } from './policy-operators.ts'
import { unliteral } from './policy-patterns.ts'
import { expandVariables, hasVariable } from './policy-variables.ts'

/** What is known of a request, by condition key in lower case: key names have no case in IAM. */
export type PolicyContext = ReadonlyMap<string, readonly string[]>

/** One `operator: { key: values }` of a policy, parsed. */
export type Condition = {
  readonly name: string
  readonly key: string
  readonly values: readonly string[]
  readonly operator: ConditionOperator | 'Null'
  readonly quantifier: 'ForAnyValue' | 'ForAllValues' | undefined
  readonly ifExists: boolean
  /** Whether its values may hold variables: not in documents of the version 2008-10-17. */
  readonly variables: boolean
}

/** Builds a context; members that are undefined or have no value are missing keys. */
export const policyContext = (
  keys: Readonly<Record<string, string | readonly string[] | undefined>>,
): PolicyContext => {
  const context = new Map<string, readonly string[]>()
  for (const [key, value] of Object.entries(keys)) {
    const values = typeof value === 'string' ? [value] : (value ?? [])
    if (values.length > 0) context.set(key.toLowerCase(), values)
  }
  return context
}

type ParsedOperator = Pick<Condition, 'operator' | 'quantifier' | 'ifExists'>

const OPERATOR_NAME = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/

/** Parses an operator's name with its prefix and suffix; undefined when the sandbox does not know it. */
export const parseOperator = (name: string): ParsedOperator | undefined => {
  const [, quantifier, base, ifExists] = OPERATOR_NAME.exec(name) ?? []
  if (base === 'Null') return name === 'Null' ? { operator: 'Null', quantifier: undefined, ifExists: false } : undefined
  const operator = CONDITION_OPERATORS.get(base ?? '')
  if (operator === undefined) return undefined
  return {
    operator,
    quantifier: quantifier === 'ForAnyValue' || quantifier === 'ForAllValues' ? quantifier : undefined,
    ifExists: ifExists !== undefined,
  }
}

type Comparison = { readonly operator: ConditionOperator; readonly wanted: readonly string[] }

/** A value whose variable has no value is left out: nothing equals it, and the negated operators hold against it. */
const comparisonOf = (condition: Condition, operator: ConditionOperator, context: PolicyContext): Comparison => {
  const wanted = condition.values.flatMap((value) => {
    if (!condition.variables || !hasVariable(value)) return [value]
    const expanded = expandVariables(value, context)
    if (expanded === undefined) return []
    return [operator.takesPatterns === true ? expanded : unliteral(expanded)]
  })
  return { operator, wanted }
}

const holdsFor = (given: string, { operator, wanted }: Comparison): boolean =>
  wanted.some((value) => operator.matches(given, value)) !== (operator.negated === true)

/** IAM's answers for a key that the request does not have. */
const holdsWithoutKey = (condition: Condition, operator: ConditionOperator): boolean => {
  if (condition.ifExists || condition.quantifier === 'ForAllValues') return true
  return condition.quantifier === undefined && operator.negated === true
}

/** Whether one condition holds for the request. */
export const conditionHolds = (condition: Condition, context: PolicyContext): boolean => {
  const { operator } = condition
  const given = context.get(condition.key.toLowerCase())
  if (operator === 'Null') return condition.values.includes(String(given === undefined))
  if (given === undefined) return holdsWithoutKey(condition, operator)
  const comparison = comparisonOf(condition, operator, context)
  if (condition.quantifier === 'ForAnyValue') return given.some((value) => holdsFor(value, comparison))
  // [K] assumption: without a quantifier a key of many values holds only when each value does; IAM leaves it open.
  return given.every((value) => holdsFor(value, comparison))
}

/** The condition as a line of the journal: what was wanted, what was there, how it came out. */
export const describeCondition = (condition: Condition, context: PolicyContext): string => {
  const given = context.get(condition.key.toLowerCase())
  const outcome = conditionHolds(condition, context) ? 'holds' : 'fails'
  const shown = given === undefined ? 'missing' : JSON.stringify(given)
  return `${condition.name} ${condition.key} ${JSON.stringify(condition.values)}: ${shown}, ${outcome}`
}

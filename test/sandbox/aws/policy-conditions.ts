import { CONDITION_OPERATORS } from './policy-operators.ts'
import type { ConditionOperator } from './policy-operators.ts'

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

const OPERATOR_NAME = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/

/** Parses an operator's name with its prefix and suffix; undefined when the sandbox does not know it. */
export const parseOperator = (name: string): Pick<Condition, 'operator' | 'quantifier' | 'ifExists'> | undefined => {
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

const holdsFor = (given: string, condition: Condition, operator: ConditionOperator): boolean =>
  condition.values.some((wanted) => operator.matches(given, wanted)) !== (operator.negated === true)

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
  if (condition.quantifier === 'ForAnyValue') return given.some((value) => holdsFor(value, condition, operator))
  // [K] assumption: without a quantifier a key of many values holds only when each value does; IAM leaves it open.
  return given.every((value) => holdsFor(value, condition, operator))
}

/** The condition as a line of the journal: what was wanted, what was there, how it came out. */
export const describeCondition = (condition: Condition, context: PolicyContext): string => {
  const given = context.get(condition.key.toLowerCase())
  const outcome = conditionHolds(condition, context) ? 'holds' : 'fails'
  const shown = given === undefined ? 'missing' : JSON.stringify(given)
  return `${condition.name} ${condition.key} ${JSON.stringify(condition.values)}: ${shown}, ${outcome}`
}

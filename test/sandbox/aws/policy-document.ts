import { isObject } from './json-object.ts'
import { parseOperator } from './policy-conditions.ts'
import type { Condition } from './policy-conditions.ts'

/** A policy that IAM would not take, or that says something the sandbox cannot evaluate: it grants nothing. */
export class PolicyInvalid extends Error {
  constructor(reason: string) {
    super(`policy invalid: ${reason}`)
    this.name = 'PolicyInvalid'
  }
}

/** Patterns with the sense of their element: `NotAction` and `NotResource` match what fits none of them. */
export type Patterns = { readonly not: boolean; readonly patterns: readonly string[] }

/** One statement, checked and in one shape. */
export type Statement = {
  readonly label: string
  readonly effect: 'Allow' | 'Deny'
  readonly actions: Patterns
  /** Only of identity and session policies. */
  readonly resources: Patterns | undefined
  /** Only of trust policies. `anyone`: the principal `*`. */
  readonly principal: { readonly anyone: boolean; readonly federated: readonly string[] } | undefined
  readonly conditions: readonly Condition[]
}

/** A trust policy names principals, an identity or session policy names resources; neither may have the other. */
export type PolicyKind = 'trust' | 'identity'

const MEMBERS: Readonly<Record<PolicyKind, readonly string[]>> = {
  trust: ['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Condition'],
  identity: ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'],
}
const VERSIONS: readonly unknown[] = ['2012-10-17', '2008-10-17']

const texts = (value: unknown, where: string): readonly string[] => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.map((item) => {
    if (typeof item === 'boolean' || typeof item === 'number') return String(item)
    if (typeof item !== 'string') throw new PolicyInvalid(`${where} holds something that is no text`)
    // Fail closed: a variable taken literally would widen a Deny.
    if (item.includes('${')) throw new PolicyInvalid(`${where} has a policy variable, which is not evaluated here`)
    return item
  })
}

const readPatterns = (statement: Readonly<Record<string, unknown>>, name: 'Action' | 'Resource'): Patterns => {
  const not = Object.hasOwn(statement, `Not${name}`)
  if (not === Object.hasOwn(statement, name))
    throw new PolicyInvalid(`a statement needs ${name} or Not${name}, one of them`)
  return { not, patterns: texts(statement[not ? `Not${name}` : name], name) }
}

const readPrincipal = (principal: unknown): Statement['principal'] => {
  if (principal === '*') return { anyone: true, federated: [] }
  if (!isObject(principal)) throw new PolicyInvalid('a trust policy statement needs a Principal')
  const aws = texts(principal['AWS'] ?? [], 'Principal.AWS')
  return { anyone: aws.includes('*'), federated: texts(principal['Federated'] ?? [], 'Principal.Federated') }
}

const readConditions = (block: unknown): readonly Condition[] => {
  if (block === undefined) return []
  if (!isObject(block)) throw new PolicyInvalid('Condition is no object')
  return Object.entries(block).flatMap(([name, keys]) => {
    const parsed = parseOperator(name)
    if (parsed === undefined) throw new PolicyInvalid(`unknown condition operator ${name}`)
    if (!isObject(keys)) throw new PolicyInvalid(`condition ${name} is no object`)
    return Object.entries(keys).map(([key, values]) => ({
      name,
      key,
      values: texts(values, `${name} ${key}`),
      ...parsed,
    }))
  })
}

const readStatement = (statement: unknown, index: number, kind: PolicyKind): Statement => {
  if (!isObject(statement)) throw new PolicyInvalid('a statement is no object')
  const { Sid: sid, Effect: effect } = statement
  const stranger = Object.keys(statement).find((name) => !MEMBERS[kind].includes(name))
  if (stranger !== undefined) throw new PolicyInvalid(`${stranger} in a statement of this kind of policy`)
  if (effect !== 'Allow' && effect !== 'Deny') throw new PolicyInvalid('Effect is neither Allow nor Deny')
  return {
    label: typeof sid === 'string' ? sid : String(index + 1),
    effect,
    actions: readPatterns(statement, 'Action'),
    resources: kind === 'identity' ? readPatterns(statement, 'Resource') : undefined,
    principal: kind === 'trust' ? readPrincipal(statement['Principal']) : undefined,
    conditions: readConditions(statement['Condition']),
  }
}

/** Parses and checks a policy; throws `PolicyInvalid` with the reason. */
export const parsePolicy = (document: unknown, kind: PolicyKind): readonly Statement[] => {
  if (!isObject(document)) throw new PolicyInvalid('no JSON object')
  if (!VERSIONS.includes(document['Version'])) throw new PolicyInvalid('Version is neither 2012-10-17 nor 2008-10-17')
  const listed = document['Statement']
  const statements: readonly unknown[] = Array.isArray(listed) ? listed : [listed]
  if (statements.length === 0) throw new PolicyInvalid('no statement')
  return statements.map((statement, index) => readStatement(statement, index, kind))
}

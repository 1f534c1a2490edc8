import { isObject } from './json-object.ts'
import { parseOperator } from './policy-conditions.ts'
import type { Condition } from './policy-conditions.ts'
import { hasVariable, variableFault } from './policy-variables.ts'

/** A policy that IAM would not take, or that says something the sandbox cannot evaluate: it grants nothing. */
export class PolicyInvalid extends Error {
  constructor(reason: string) {
    super(`policy invalid: ${reason}`)
    this.name = 'PolicyInvalid'
  }
}

/** Patterns with the sense of their element: `NotAction` and `NotResource` match what fits none of them. */
export type Patterns = { readonly not: boolean; readonly patterns: readonly string[] }

/** Whom a statement means. `anyone`: the principal `*`. Services are read and never match: no service calls here. */
export type PrincipalNames = {
  readonly anyone: boolean
  readonly aws: readonly string[]
  readonly federated: readonly string[]
}

/** One statement, checked and in one shape. */
export type Statement = {
  readonly label: string
  readonly effect: 'Allow' | 'Deny'
  readonly actions: Patterns
  /** Only of identity and session policies. */
  readonly resources: Patterns | undefined
  /** Only of trust and repository policies. */
  readonly principal: PrincipalNames | undefined
  readonly conditions: readonly Condition[]
  /** Whether `${…}` in its resources is a variable. */
  readonly variables: boolean
}

/** Trust and repository policies name principals, an identity or session policy names resources; none may have the other. */
export type PolicyKind = 'trust' | 'repository' | 'identity'

const MEMBERS: Readonly<Record<PolicyKind, readonly string[]>> = {
  trust: ['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Condition'],
  // ECR refuses a policy with a Resource: the repository itself is the resource.
  repository: ['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Condition'],
  identity: ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'],
}
const VERSIONS: readonly unknown[] = ['2012-10-17', '2008-10-17']
/** In the older version a variable is plain text. */
const VARIABLES_SINCE = '2012-10-17'

const texts = (value: unknown, where: string): readonly string[] => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.map((item) => {
    if (typeof item === 'boolean' || typeof item === 'number') return String(item)
    if (typeof item !== 'string') throw new PolicyInvalid(`${where} holds something that is no text`)
    return item
  })
}

/** Texts of an element that takes no variables. */
const plainTexts = (value: unknown, where: string): readonly string[] =>
  texts(value, where).map((text) => {
    // Fail closed: a variable taken literally would widen a Deny.
    if (hasVariable(text)) throw new PolicyInvalid(`${where} has a policy variable, which is not allowed there`)
    return text
  })

const variableTexts = (value: unknown, where: string): readonly string[] =>
  texts(value, where).map((text) => {
    const fault = variableFault(text)
    if (fault !== undefined) throw new PolicyInvalid(`${where}: ${fault}`)
    return text
  })

/** IAM user guide, "Resource element": variables stand only behind the fifth colon of an ARN. */
const resourceTexts = (value: unknown, where: string): readonly string[] =>
  variableTexts(value, where).map((text) => {
    if (!hasVariable(text.split(':').slice(0, 5).join(':'))) return text
    throw new PolicyInvalid(`${where} has a policy variable before the fifth colon`)
  })

const readPatterns = (statement: Readonly<Record<string, unknown>>, name: 'Action' | 'Resource'): Patterns => {
  const not = Object.hasOwn(statement, `Not${name}`)
  if (not === Object.hasOwn(statement, name))
    throw new PolicyInvalid(`a statement needs ${name} or Not${name}, one of them`)
  const read = name === 'Action' ? plainTexts : resourceTexts
  return { not, patterns: read(statement[not ? `Not${name}` : name], name) }
}

const PRINCIPAL_TYPES = ['AWS', 'Federated', 'Service', 'CanonicalUser']

const readPrincipal = (principal: unknown): PrincipalNames => {
  if (principal === '*') return { anyone: true, aws: [], federated: [] }
  if (!isObject(principal)) throw new PolicyInvalid('a statement of this kind of policy needs a Principal')
  const stranger = Object.keys(principal).find((type) => !PRINCIPAL_TYPES.includes(type))
  if (stranger !== undefined) throw new PolicyInvalid(`${stranger} is no type of Principal`)
  const [aws = [], federated = []] = PRINCIPAL_TYPES.map((type) =>
    plainTexts(principal[type] ?? [], `Principal.${type}`),
  )
  return { anyone: aws.includes('*'), aws: aws.filter((name) => name !== '*'), federated }
}

const readValues = (values: unknown, where: string, operator: Condition['operator']): readonly string[] =>
  operator !== 'Null' && operator.takesVariables === true ? variableTexts(values, where) : plainTexts(values, where)

const readConditions = (block: unknown, version: unknown): readonly Condition[] => {
  if (block === undefined) return []
  if (!isObject(block)) throw new PolicyInvalid('Condition is no object')
  return Object.entries(block).flatMap(([name, keys]) => {
    const parsed = parseOperator(name)
    if (parsed === undefined) throw new PolicyInvalid(`unknown condition operator ${name}`)
    if (!isObject(keys)) throw new PolicyInvalid(`condition ${name} is no object`)
    return Object.entries(keys).map(([key, values]) => ({
      name,
      key,
      values: readValues(values, `${name} ${key}`, parsed.operator),
      variables: version === VARIABLES_SINCE,
      ...parsed,
    }))
  })
}

type Place = { readonly index: number; readonly kind: PolicyKind; readonly version: unknown }

const readStatement = (statement: unknown, { index, kind, version }: Place): Statement => {
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
    principal: kind === 'identity' ? undefined : readPrincipal(statement['Principal']),
    conditions: readConditions(statement['Condition'], version),
    variables: version === VARIABLES_SINCE,
  }
}

/** Parses and checks a policy; throws `PolicyInvalid` with the reason. */
export const parsePolicy = (document: unknown, kind: PolicyKind): readonly Statement[] => {
  if (!isObject(document)) throw new PolicyInvalid('no JSON object')
  const version = document['Version']
  if (!VERSIONS.includes(version)) throw new PolicyInvalid('Version is neither 2012-10-17 nor 2008-10-17')
  const listed = document['Statement']
  const statements: readonly unknown[] = Array.isArray(listed) ? listed : [listed]
  if (statements.length === 0) throw new PolicyInvalid('no statement')
  return statements.map((statement, index) => readStatement(statement, { index, kind, version }))
}

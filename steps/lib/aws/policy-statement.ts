import { isObject } from '../core/strict-json.ts'

/** One condition of a statement: an operator, a key, and the values that it is compared with. */
export type PolicyCondition = { readonly operator: string; readonly key: string; readonly values: readonly string[] }

/** A statement of a trust policy, with everything that decides whom it is about. */
export type PolicyStatement = {
  readonly sid: string
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  /** OIDC and SAML providers by their ARNs; AWS principals and services are none. */
  readonly federated: readonly string[]
  /** `*`, or AWS's `*`: it denies everybody, and as one that allows it does not let OIDC in (recorded 2026-09-11). */
  readonly everyone: boolean
  readonly conditions: readonly PolicyCondition[]
}

/** A trust policy as its text has it, or why it is none. */
export type ReadPolicy = { readonly statements: readonly PolicyStatement[] } | { readonly fault: string }

/**
 * Reads a role's trust policy: the document itself, or what `aws iam get-role` prints of a role (IAM JSON policy elements reference).
 * Of what it does not know it says so: a statement that cannot be read must not be taken for one that is not there.
 */
export function readTrustPolicy(text: string): ReadPolicy {
  const given = parsed(text)
  const document = documentOf(given)
  if (document === undefined) return { fault: 'it is no JSON object with Statement' }
  const list = Array.isArray(document['Statement']) ? document['Statement'] : [document['Statement']]
  const statements: PolicyStatement[] = []
  for (const [at, statement] of list.entries()) {
    const read = readStatement(statement)
    if (typeof read === 'string') return { fault: `statement ${at + 1}: ${read}` }
    statements.push(read)
  }
  return { statements }
}

type Document = Readonly<Record<string, unknown>>

function documentOf(given: unknown): Document | undefined {
  if (!isObject(given)) return undefined
  const role = isObject(given['Role']) ? given['Role'] : given
  const document = isObject(role['AssumeRolePolicyDocument']) ? role['AssumeRolePolicyDocument'] : role
  return document['Statement'] === undefined ? undefined : document
}

function readStatement(statement: unknown): PolicyStatement | string {
  if (!isObject(statement)) return 'it is no object'
  const { Sid, Effect, Action, Principal, Condition = {} } = statement
  if (Effect !== 'Allow' && Effect !== 'Deny') return 'its Effect is neither Allow nor Deny'
  const actions = textsOf(Action)
  if (actions === undefined) return 'its Action is no text and no list of texts'
  const federated = isObject(Principal) ? textsOf(Principal['Federated'] ?? []) : []
  if (Principal === undefined || federated === undefined) return 'its Principal cannot be read'
  const conditions = conditionsOf(Condition)
  if (conditions === undefined) return 'its Condition cannot be read'
  const everyone = Principal === '*' || (isObject(Principal) && (textsOf(Principal['AWS'] ?? []) ?? []).includes('*'))
  return { everyone, sid: typeof Sid === 'string' ? Sid : '', effect: Effect, actions, federated, conditions }
}

function conditionsOf(block: unknown): readonly PolicyCondition[] | undefined {
  if (!isObject(block)) return undefined
  const all: PolicyCondition[] = []
  for (const [operator, keys] of Object.entries(block)) {
    if (!isObject(keys)) return undefined
    for (const [key, value] of Object.entries(keys)) {
      const values = textsOf(typeof value === 'boolean' || typeof value === 'number' ? String(value) : value)
      if (values === undefined) return undefined
      all.push({ operator, key, values })
    }
  }
  return all
}

function textsOf(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

import type { PolicyCondition, PolicyStatement } from './policy-statement.ts'
import type { RoleArn } from './role-arn.ts'
import { comparedAudience, providerArn, withoutScheme, type TrustedToken } from './trust-policy.ts'

/** Who asks for a session: with which token, for which role, under which session name. */
export type TrustAsker = { readonly role: RoleArn; readonly token: TrustedToken; readonly sessionName: string }

/** What keeps a token out of a role. */
export type TrustObstacle = {
  readonly part:
    | 'action'
    | 'provider'
    | 'aud'
    | 'sub'
    | 'oaud'
    | 'condition-key'
    | 'condition'
    | 'deny'
    | 'no-statement'
  readonly wanted: string
  readonly found: string
}

/** Whether a policy lets a token in. `unknown`: it looks at something that is not known here. */
export type TrustVerdict =
  | { readonly admits: 'yes'; readonly statements: readonly PolicyStatement[] }
  | { readonly admits: 'no'; readonly obstacles: readonly TrustObstacle[] }
  | { readonly admits: 'unknown'; readonly conditions: readonly PolicyCondition[] }

const action = 'sts:AssumeRoleWithWebIdentity'

/**
 * Evaluates a trust policy for a token as IAM does (IAM user guide, "Policy evaluation logic"; condition keys of OIDC federation): a
 * statement that denies beats all, then one that allows is enough.
 */
export function evaluateTrust(statements: readonly PolicyStatement[], asker: TrustAsker): TrustVerdict {
  const looked = statements.map((statement) => ({ statement, ...lookAt(statement, asker) }))
  const denies = looked.filter(({ statement }) => statement.effect === 'Deny')
  const allows = looked.filter(({ statement }) => statement.effect === 'Allow')
  const denial = denies.find(({ obstacles, unknown }) => obstacles.length === 0 && unknown.length === 0)
  if (denial !== undefined) {
    const found = denial.statement.sid || 'a statement with Effect Deny'
    return { admits: 'no', obstacles: [{ part: 'deny', wanted: 'no statement that denies this token', found }] }
  }
  const admitting = allows.filter(({ obstacles, unknown }) => obstacles.length === 0 && unknown.length === 0)
  const unsure = [...denies, ...allows].filter(({ obstacles, unknown }) => obstacles.length === 0 && unknown.length > 0)
  if (admitting.length > 0 && !unsure.some(({ statement }) => statement.effect === 'Deny'))
    return { admits: 'yes', statements: admitting.map(({ statement }) => statement) }
  if (unsure.length > 0) return { admits: 'unknown', conditions: unsure.flatMap(({ unknown }) => unknown) }
  return { admits: 'no', obstacles: nearestObstacles(allows, asker) }
}

/** Statements that are about the token's provider, whether or not they let it in. */
export function statementsFor(
  statements: readonly PolicyStatement[],
  { role, token }: Pick<TrustAsker, 'role' | 'token'>,
): readonly PolicyStatement[] {
  const provider = providerArn(role, token.issuer)
  return statements.filter(({ effect, federated }) => effect === 'Allow' && federated.includes(provider))
}

/** How a statement binds one claim of an issuer: to given values, to a pattern, or not at all. */
export function bindingOf(
  { conditions }: PolicyStatement,
  issuer: string,
  claim: 'aud' | 'oaud' | 'sub',
): 'exact' | 'pattern' | 'none' {
  const key = `${withoutScheme(issuer)}:${claim}`.toLowerCase()
  const own = conditions.filter((condition) => condition.key.toLowerCase() === key)
  if (own.some(({ operator }) => /^(ForAnyValue:)?StringEquals(IgnoreCase)?$/.test(operator))) return 'exact'
  const patterns = own
    .filter(({ operator }) => /^(ForAnyValue:)?StringLike$/.test(operator))
    .flatMap(({ values }) => values)
  if (patterns.length === 0 || patterns.some((value) => /^\*+$/.test(value))) return 'none'
  return patterns.some((value) => /[*?]/.test(value)) ? 'pattern' : 'exact'
}

type Looked = { readonly obstacles: readonly TrustObstacle[]; readonly unknown: readonly PolicyCondition[] }

function lookAt(statement: PolicyStatement, asker: TrustAsker): Looked {
  const { actions, federated, conditions, effect, everyone } = statement
  const provider = providerArn(asker.role, asker.token.issuer)
  const known = contextOf(asker)
  const judged = conditions.map((condition) => ({ condition, ...judgeCondition(condition, known) }))
  return {
    obstacles: [
      ...(actions.some((pattern) => fits(pattern.toLowerCase(), action.toLowerCase()))
        ? []
        : [{ part: 'action', wanted: action, found: actions.join(', ') } as const]),
      ...(federated.includes(provider) || (everyone && effect === 'Deny')
        ? []
        : [{ part: 'provider', wanted: provider, found: federated.join(', ') || 'no Federated principal' } as const]),
      ...judged.flatMap(({ holds, condition }) => (holds === false ? [obstacleOf(condition, asker, known)] : [])),
    ],
    unknown: judged.filter(({ holds }) => holds === undefined).map(({ condition }) => condition),
  }
}

/** Of the statements that allow something, what the nearest one lacks. */
function nearestObstacles(allows: readonly Looked[], asker: TrustAsker): readonly TrustObstacle[] {
  const [nearest] = allows.toSorted((one, other) => one.obstacles.length - other.obstacles.length)
  const wanted = `a statement that allows ${action} for ${providerArn(asker.role, asker.token.issuer)}`
  return nearest?.obstacles ?? [{ part: 'no-statement', wanted, found: 'none that allows anything' }]
}

/** What a trust policy can look at of a token, by keys in lower case; `:oaud` is of trust policies alone. */
function contextOf({ role, token, sessionName }: TrustAsker): ReadonlyMap<string, string> {
  const issuer = withoutScheme(token.issuer)
  const entries = [
    [`${issuer}:aud`, comparedAudience(token)],
    [`${issuer}:oaud`, token.audience],
    [`${issuer}:sub`, token.subject],
    ['sts:RoleSessionName', sessionName],
    ['aws:FederatedProvider', providerArn(role, token.issuer)],
  ] as const
  return new Map(entries.map(([key, value]) => [key.toLowerCase(), value]))
}

const operators = {
  StringEquals: (given: string, wanted: string) => given === wanted,
  StringEqualsIgnoreCase: (given: string, wanted: string) => given.toLowerCase() === wanted.toLowerCase(),
  StringLike: (given: string, wanted: string) => fits(wanted, given),
} as const

/** Claims that keys of an issuer may be named after. */
const issuerKey = /^[^:]+[./][^:]*:(aud|oaud|sub|amr|azp|email)$/i

/** Whether a condition holds; undefined where key or operator are not known here. */
function judgeCondition(
  { operator, key, values }: PolicyCondition,
  known: ReadonlyMap<string, string>,
): { readonly holds: boolean | undefined } {
  const [, quantifier, negation, base = '', ifExists] =
    /^(ForAnyValue:|ForAllValues:)?(?:String(Not)?(Equals|EqualsIgnoreCase|Like))(IfExists)?$/.exec(operator) ?? []
  const matches = Object.entries(operators).find(([name]) => name === `String${base}`)?.[1]
  if (base === '' || matches === undefined || values.some((value) => value.includes('${'))) return { holds: undefined }
  const given = known.get(key.toLowerCase())
  if (given === undefined) {
    // A key of another issuer is a key that this token does not have.
    if (!issuerKey.test(key)) return { holds: undefined }
    const isAny = quantifier === 'ForAnyValue:'
    return { holds: ifExists !== undefined || quantifier === 'ForAllValues:' || (negation !== undefined && !isAny) }
  }
  return { holds: values.some((value) => matches(given, value)) !== (negation !== undefined) }
}

function obstacleOf(
  { operator, key, values }: PolicyCondition,
  { token }: TrustAsker,
  known: ReadonlyMap<string, string>,
): TrustObstacle {
  const found = `${operator} ${key}: ${values.join(', ')}`
  const given = known.get(key.toLowerCase())
  const claim = key.slice(key.lastIndexOf(':') + 1).toLowerCase()
  const wanted = given === undefined ? `the key ${withoutScheme(token.issuer)}:${claim}` : `${key}: ${given}`
  if (given === undefined) return { part: 'condition-key', wanted, found }
  const part = claim === 'aud' || claim === 'oaud' || claim === 'sub' ? claim : 'condition'
  return { part, wanted, found }
}

/** IAM's wildcards: `*` for any text, `?` for one character. */
function fits(pattern: string, text: string): boolean {
  const parts = pattern.replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
  // Runs of stars are one: each more would double the work.
  return new RegExp(`^${parts.replace(/\*+/g, '.*').replaceAll('?', '.')}$`, 's').test(text)
}

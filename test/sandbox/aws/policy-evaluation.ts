import { describeCondition, conditionHolds } from './policy-conditions.ts'
import type { PolicyContext } from './policy-conditions.ts'
import { parsePolicy, PolicyInvalid } from './policy-document.ts'
import type { Patterns, PolicyKind, Statement } from './policy-document.ts'
import { fitsArn, fitsPattern } from './policy-patterns.ts'
import { expandVariables, hasVariable } from './policy-variables.ts'

/** Who asks, as policies with a Principal may name him. */
export type Asker = {
  /** ARN of the OIDC provider that vouches for the caller. */
  readonly federated?: string
  /** ARNs, and the bare account number, under which the caller counts. */
  readonly aws?: readonly string[]
}

/** What is asked of a set of policies. */
export type PolicyRequest = {
  readonly action: string
  /** ARN or `*`; asked of identity and session policies. */
  readonly resource?: string
  /** Asked of trust and repository policies. */
  readonly asker?: Asker
  readonly context: PolicyContext
}

/** The outcome with the lines that explain it. */
export type Decision = {
  readonly outcome: 'allow' | 'explicit-deny' | 'implicit-deny'
  readonly notes: readonly string[]
}

const fitsAction = (action: string, { not, patterns }: Patterns): boolean =>
  patterns.some((pattern) => fitsPattern(action.toLowerCase(), pattern.toLowerCase())) !== not

const fitsResource = (statement: Statement, request: PolicyRequest): boolean => {
  if (statement.resources === undefined) return true
  const { not, patterns } = statement.resources
  const fits = (pattern: string): boolean => {
    const expanded = statement.variables && hasVariable(pattern) ? expandVariables(pattern, request.context) : pattern
    return expanded !== undefined && (expanded === '*' || fitsArn(request.resource ?? '', expanded))
  }
  return patterns.some(fits) !== not
}

/** `*` and `AWS: *` mean every AWS caller and do not admit an OIDC caller (recorded). [K] assumption: in a Deny they do. */
const fitsPrincipal = ({ principal, effect }: Statement, { federated, aws = [] }: Asker): boolean => {
  if (principal === undefined) return true
  if (federated !== undefined && principal.federated.includes(federated)) return true
  if (aws.some((name) => principal.aws.includes(name))) return true
  return principal.anyone && (effect === 'Deny' || aws.includes(ANYONE))
}

/** The name under which a caller counts where the Principal is `*`. */
export const ANYONE = '*'

const concerns = (statement: Statement, request: PolicyRequest): boolean =>
  fitsAction(request.action, statement.actions) &&
  fitsResource(statement, request) &&
  fitsPrincipal(statement, request.asker ?? {})

const explain = (statement: Statement, context: PolicyContext): string[] =>
  statement.conditions.map((condition) => `statement ${statement.label}: ${describeCondition(condition, context)}`)

/** Evaluates parsed statements as IAM does: an explicit deny wins, and what nothing allows is denied. */
export const evaluate = (statements: readonly Statement[], request: PolicyRequest): Decision => {
  const concerned = statements.filter((statement) => concerns(statement, request))
  const notes = concerned.flatMap((statement) => explain(statement, request.context))
  if (concerned.length === 0)
    notes.push(`no statement for ${request.action} and this ${request.asker === undefined ? 'resource' : 'principal'}`)
  const applies = concerned.filter(({ conditions }) =>
    conditions.every((condition) => conditionHolds(condition, request.context)),
  )
  if (applies.some(({ effect }) => effect === 'Deny')) return { outcome: 'explicit-deny', notes }
  return { outcome: applies.length > 0 ? 'allow' : 'implicit-deny', notes }
}

/** Evaluates policy documents; one invalid document among them denies all, and the notes name what is wrong with it. */
export const evaluateDocuments = (
  documents: readonly unknown[],
  kind: PolicyKind,
  request: PolicyRequest,
): Decision => {
  try {
    return evaluate(
      documents.flatMap((document) => parsePolicy(document, kind)),
      request,
    )
  } catch (error) {
    if (error instanceof PolicyInvalid) return { outcome: 'implicit-deny', notes: [error.message] }
    throw error
  }
}

import type { AwsSession, World } from '../world.ts'
import { describeCondition, conditionHolds } from './policy-conditions.ts'
import type { PolicyContext } from './policy-conditions.ts'
import { parsePolicy, PolicyInvalid } from './policy-document.ts'
import type { Patterns, PolicyKind, Statement } from './policy-document.ts'
import { fitsArn, fitsPattern } from './policy-patterns.ts'
import { roleOfSession } from './role-arn.ts'
import { sessionContext } from './session-context.ts'

/** What is asked of a set of policies. */
export type PolicyRequest = {
  readonly action: string
  /** ARN or `*`; asked of identity and session policies. */
  readonly resource?: string
  /** ARN of the OIDC provider that vouches for the caller; asked of trust policies. */
  readonly federated?: string
  readonly context: PolicyContext
}

/** The outcome with the lines that explain it. */
export type Decision = {
  readonly outcome: 'allow' | 'explicit-deny' | 'implicit-deny'
  readonly notes: readonly string[]
}

const fitsAction = (action: string, { not, patterns }: Patterns): boolean =>
  patterns.some((pattern) => fitsPattern(action.toLowerCase(), pattern.toLowerCase())) !== not

const fitsResource = (resource: string, { not, patterns }: Patterns): boolean =>
  patterns.some((pattern) => pattern === '*' || fitsArn(resource, pattern)) !== not

/** `*` and `AWS: *` do not admit an OIDC caller (recorded). [K] assumption: in a Deny they do mean everybody. */
const fitsPrincipal = (statement: Statement, federated: string | undefined): boolean => {
  const { principal } = statement
  if (principal === undefined) return true
  if (federated !== undefined && principal.federated.includes(federated)) return true
  return statement.effect === 'Deny' && principal.anyone
}

const concerns = (statement: Statement, request: PolicyRequest): boolean =>
  fitsAction(request.action, statement.actions) &&
  (statement.resources === undefined || fitsResource(request.resource ?? '', statement.resources)) &&
  fitsPrincipal(statement, request.federated)

const explain = (statement: Statement, context: PolicyContext): string[] =>
  statement.conditions.map((condition) => `statement ${statement.label}: ${describeCondition(condition, context)}`)

/** Evaluates parsed statements as IAM does: an explicit deny wins, and what nothing allows is denied. */
export const evaluate = (statements: readonly Statement[], request: PolicyRequest): Decision => {
  const concerned = statements.filter((statement) => concerns(statement, request))
  const notes = concerned.flatMap((statement) => explain(statement, request.context))
  if (concerned.length === 0)
    notes.push(
      `no statement for ${request.action} and this ${request.federated === undefined ? 'resource' : 'principal'}`,
    )
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

/** Whether a session is still good by the sandbox's clock. */
export const sessionState = (world: World, session: AwsSession): 'active' | 'expired' =>
  world.clock.now() < session.expiresAt ? 'active' : 'expired'

const sessionPolicyOf = (session: AwsSession): readonly unknown[] => {
  if (session.sessionPolicy === undefined) return []
  try {
    return [JSON.parse(session.sessionPolicy)]
  } catch {
    return [undefined] // Evaluates as an invalid policy: nothing is allowed.
  }
}

/** Which of a session's two sets of policies decided, and how. */
export type SessionDecision = Decision & { readonly decidedBy: 'identity-based policy' | 'session policy' }

/** Decides an action of a session: its role's policies and, when there is one, its session policy must both allow it. */
export const decide = (
  world: World,
  session: AwsSession,
  asked: { readonly action: string; readonly resource: string },
): SessionDecision => {
  const request = { ...asked, context: sessionContext(world, session) }
  const identity = evaluateDocuments(roleOfSession(world, session)?.policies ?? [], 'identity', request)
  if (session.sessionPolicy === undefined || identity.outcome === 'explicit-deny')
    return { ...identity, decidedBy: 'identity-based policy' }
  const narrowed = evaluateDocuments(sessionPolicyOf(session), 'identity', request)
  if (narrowed.outcome === 'explicit-deny' || identity.outcome === 'allow')
    return { ...narrowed, decidedBy: 'session policy' }
  return { ...identity, decidedBy: 'identity-based policy' }
}

/** Whether a session may do the action on the resource now. An expired session may do nothing; ask `sessionState` for which it was. */
export const isAllowed = (world: World, session: AwsSession, action: string, resource: string): boolean =>
  sessionState(world, session) === 'active' && decide(world, session, { action, resource }).outcome === 'allow'

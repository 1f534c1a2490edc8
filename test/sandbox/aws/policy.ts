import type { AwsSession, World } from '../world.ts'
import { evaluateDocuments } from './policy-evaluation.ts'
import type { Decision, PolicyRequest } from './policy-evaluation.ts'
import { identityPolicies } from './principal.ts'
import { askResourcePolicy } from './resource-grant.ts'
import type { ResourceGrant } from './resource-grant.ts'
import { sessionContext } from './session-context.ts'
import type { RequestKeys } from './session-context.ts'

export { evaluateDocuments } from './policy-evaluation.ts'

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

/** Which of the policies decided, and how. */
export type SessionDecision = Decision & {
  readonly decidedBy: 'identity-based policy' | 'session policy' | 'resource-based policy'
}

/** An action on a resource, with what else policies can look at. */
export type AskedAction = {
  readonly action: string
  /** ARN or `*`. An ARN with another account's number asks across accounts. */
  readonly resource: string
  /** Condition keys of the action and the resource. */
  readonly keys?: RequestKeys
  /** The resource's own policy document, when it has one. */
  readonly resourcePolicy?: unknown
  /** Asks the caller's side alone: for who asks the resource's side himself. */
  readonly ownPoliciesOnly?: true
}

/** What the session's own policies say: its role's policies and, when there is one, its session policy must both allow it. */
const askOwnPolicies = (world: World, session: AwsSession, request: PolicyRequest): SessionDecision => {
  const identity = evaluateDocuments(identityPolicies(world, session), 'identity', request)
  if (session.sessionPolicy === undefined || identity.outcome === 'explicit-deny')
    return { ...identity, decidedBy: 'identity-based policy' }
  const narrowed = evaluateDocuments(sessionPolicyOf(session), 'identity', request)
  if (narrowed.outcome === 'explicit-deny' || identity.outcome === 'allow')
    return { ...narrowed, decidedBy: 'session policy' }
  return { ...identity, decidedBy: 'identity-based policy' }
}

/** Whether a grant to the role itself gets past the session policy, which can only narrow it. */
const askSessionPolicy = (session: AwsSession, request: PolicyRequest): Decision =>
  session.sessionPolicy === undefined
    ? { outcome: 'allow', notes: [] }
    : evaluateDocuments(sessionPolicyOf(session), 'identity', request)

/** Whether the session policy, when there is one, allows the request on its own. */
export const sessionPolicyAllows = (session: AwsSession, request: PolicyRequest): boolean =>
  askSessionPolicy(session, request).outcome === 'allow'

/**
 * Within one account either side's allow is enough (IAM user guide, "Policy evaluation logic"): a grant to the session alone
 * passes by the session policy, a grant to its role is narrowed by it, a grant to the account only leaves it to the own policies.
 */
const joinWithinAccount = (own: SessionDecision, grant: ResourceGrant, askSession: () => Decision): SessionDecision => {
  if (grant.reach === 'session') return { ...grant, outcome: 'allow', decidedBy: 'resource-based policy' }
  if (own.outcome === 'allow' || grant.reach !== 'principal') return own
  const narrowed = askSession()
  return { ...narrowed, decidedBy: narrowed.outcome === 'allow' ? 'resource-based policy' : 'session policy' }
}

const accountOfArn = (resource: string): string => resource.split(':')[4] ?? ''

/** Decides an action of a session by its own policies and, where the resource has one, the resource's policy. */
export const decide = (world: World, session: AwsSession, asked: AskedAction): SessionDecision => {
  const { action, resource } = asked
  const request: PolicyRequest = { action, resource, context: sessionContext(world, session, asked.keys) }
  const own = askOwnPolicies(world, session, request)
  if (own.outcome === 'explicit-deny' || asked.ownPoliciesOnly === true) return own
  const owner = accountOfArn(resource)
  const crossesAccounts = owner !== '' && owner !== '*' && owner !== session.accountId
  if (asked.resourcePolicy === undefined && !crossesAccounts) return own
  const grant = askResourcePolicy(world, session, { request, document: asked.resourcePolicy })
  const both = { ...own, notes: [...own.notes, ...grant.notes] }
  if (grant.reach === 'denied') return { ...both, outcome: 'explicit-deny', decidedBy: 'resource-based policy' }
  if (!crossesAccounts) return joinWithinAccount(both, grant, () => askSessionPolicy(session, request))
  // Across accounts both sides must allow it.
  return grant.reach === 'none' ? { ...both, outcome: 'implicit-deny', decidedBy: 'resource-based policy' } : both
}

/** Whether a session may do the action on the resource now. An expired session may do nothing; ask `sessionState` for which it was. */
export const isAllowed = (world: World, session: AwsSession, action: string, resource: string): boolean =>
  sessionState(world, session) === 'active' && decide(world, session, { action, resource }).outcome === 'allow'

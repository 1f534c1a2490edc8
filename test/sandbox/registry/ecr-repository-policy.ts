import { decide as decideByPolicies, evaluateDocuments } from '../aws/policy.ts'
import type { SessionDecision } from '../aws/policy.ts'
import { assumedRoleArn, roleArnOf, roleOfSession } from '../aws/role-arn.ts'
import { sessionContext } from '../aws/session-context.ts'
import type { EcrRepository, PolicyStatement } from '../config.ts'
import type { AwsSession, World } from '../world.ts'

/** How IAM decided about one action, and which kind of policy did. */
export type Decision = {
  readonly outcome: 'allow' | 'explicit-deny' | 'implicit-deny'
  readonly decidedBy: SessionDecision['decidedBy'] | 'resource-based policy'
}

/** What is asked of IAM: an action on a repository, which may have a policy of its own. */
export type RepositoryQuestion = {
  readonly action: string
  readonly resource: string
  /** Whose registry it is. */
  readonly account: string
  readonly policy?: EcrRepository['policy']
}

/** IAM, as the registry asks it about the caller's own policies. */
export type Decide = (world: World, session: AwsSession, asked: { action: string; resource: string }) => Decision

/**
 * Decides with the caller's policies and the repository's together (IAM user guide, policy evaluation logic): a deny of any
 * kind wins; within the account either one is enough; across accounts both must allow.
 */
export const decideOnRepository = (
  world: World,
  session: AwsSession,
  { decide = decideByPolicies, ...asked }: RepositoryQuestion & { readonly decide?: Decide },
): Decision => {
  const own = decide(world, session, asked)
  if (own.outcome === 'explicit-deny') return own
  const byRepository: Decision = { outcome: outcomeOfPolicy(world, session, asked), decidedBy: 'resource-based policy' }
  if (byRepository.outcome === 'explicit-deny') return byRepository
  if (session.accountId !== asked.account) return byRepository.outcome === 'allow' ? own : byRepository
  // A session policy limits what the repository grants to the role (IAM user guide, session policies).
  const isLimited = session.sessionPolicy !== undefined && own.decidedBy === 'session policy'
  return own.outcome === 'allow' || isLimited || byRepository.outcome !== 'allow' ? own : byRepository
}

const outcomeOfPolicy = (world: World, session: AwsSession, asked: RepositoryQuestion): Decision['outcome'] => {
  if (asked.policy === undefined) return 'implicit-deny'
  const arns = principalsOf(world, session)
  // Statements of a repository policy have no Resource: each means its own repository.
  const statements = asked.policy.Statement.filter((statement) => namesOneOf(statement, arns)).map(
    ({ Principal: _principal, ...statement }) => ({ ...statement, Resource: '*' }),
  )
  if (statements.length === 0) return 'implicit-deny'
  const document = { Version: asked.policy.Version, Statement: statements }
  const request = { action: asked.action, resource: asked.resource, context: sessionContext(world, session) }
  return evaluateDocuments([document], 'identity', request).outcome
}

/** Names under which a policy may mean the caller: its account, its role, the session itself. */
const principalsOf = (world: World, session: AwsSession): readonly string[] => {
  const account = world.config.accounts.find(({ id }) => id === session.accountId)
  const role = roleOfSession(world, session)
  return [
    '*',
    session.accountId,
    `arn:${session.partition}:iam::${session.accountId}:root`,
    ...(account === undefined || role === undefined ? [] : [roleArnOf(account, role)]),
    assumedRoleArn(session),
  ]
}

const namesOneOf = ({ Principal: principal }: PolicyStatement, arns: readonly string[]): boolean => {
  if (principal === undefined) return false
  const named = principal === '*' ? ['*'] : [principal['AWS'] ?? []].flat()
  return named.some((name) => arns.includes(name))
}

import type { AwsAccount, AwsRole } from '../config.ts'
import type { AwsSession, World } from '../world.ts'
import type { Trace } from './aws-fault.ts'
import { decide, sessionPolicyAllows } from './policy.ts'
import { askResourcePolicy } from './resource-grant.ts'
import { roleArnOf } from './role-arn.ts'
import { sessionContext } from './session-context.ts'
import type { RequestKeys } from './session-context.ts'

/** A caller wants to become a role, or to bring something along. */
export type TrustAsked = {
  readonly action: string
  readonly account: AwsAccount
  readonly role: AwsRole
  readonly keys: RequestKeys
  readonly trace: Trace
}

const resourceKeys = ({ account, role }: TrustAsked): RequestKeys => ({
  'aws:ResourceAccount': account.id,
  ...Object.fromEntries(
    Object.entries(role.tags ?? {}).flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`iam:ResourceTag/${key}`, value],
    ]),
  ),
})

/**
 * Whether a caller may do this to the role. The trust policy must always allow it. That is enough within the account when it names
 * the caller; when it names only his account, or he is of another, his own policies must allow it too (IAM user guide).
 */
export const decideTrust = (world: World, caller: AwsSession, asked: TrustAsked): boolean => {
  const { action, account, role, trace } = asked
  const resource = roleArnOf(account, role)
  const keys = { ...asked.keys, ...resourceKeys(asked) }
  const request = { action, resource, context: sessionContext(world, caller, keys) }
  const { reach, notes } = askResourcePolicy(world, caller, { request, document: role.trustPolicy, kind: 'trust' })
  trace.checks.push(`trust policy, ${action}: ${reach}`, ...notes)
  if (reach === 'denied' || reach === 'none') return false
  // Without a resource policy: what the caller's own policies alone say of it.
  const own = decide(world, caller, { action, resource, keys, ownPoliciesOnly: true })
  trace.checks.push(`${action} on ${resource}: ${own.outcome} (${own.decidedBy})`, ...own.notes)
  if (own.outcome !== 'implicit-deny' || caller.accountId !== account.id) return own.outcome === 'allow'
  return reach === 'session' || (reach === 'principal' && sessionPolicyAllows(caller, request))
}

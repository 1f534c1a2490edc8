import type { AwsSession, World } from '../world.ts'
import { policyContext } from './policy-conditions.ts'
import type { PolicyContext } from './policy-conditions.ts'
import { roleIdOf } from './role-arn.ts'

/** Global condition keys that every request of a session has, apart from what the token brought along. */
export const sessionContext = (world: World, session: AwsSession): PolicyContext => {
  const now = world.clock.now()
  return policyContext({
    ...session.policyContext,
    'aws:PrincipalType': 'AssumedRole',
    'aws:PrincipalAccount': session.accountId,
    'aws:userid': `${roleIdOf(session.accountId, session.roleName)}:${session.sessionName}`,
    'aws:CurrentTime': new Date(now).toISOString(),
    'aws:EpochTime': String(Math.floor(now / 1000)),
    'aws:SecureTransport': 'true',
  })
}

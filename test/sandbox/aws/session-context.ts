import type { AwsSession, World } from '../world.ts'
import { policyContext } from './policy-conditions.ts'
import type { PolicyContext } from './policy-conditions.ts'
import { principalArn, principalTags, userId } from './principal.ts'

/** Further condition keys of one request: of the action, of the resource. */
export type RequestKeys = Readonly<Record<string, string | readonly string[] | undefined>>

/** The keys that every request has, whoever sends it. */
export const requestKeys = (world: World): RequestKeys => {
  const now = world.clock.now()
  return {
    'aws:CurrentTime': new Date(now).toISOString(),
    'aws:EpochTime': String(Math.floor(now / 1000)),
    'aws:SecureTransport': 'true',
    'aws:SourceIp': world.config.sourceIp ?? '127.0.0.1',
  }
}

/** Global condition keys of a session's request (IAM user guide, global condition context keys), with those of the action. */
export const sessionContext = (world: World, session: AwsSession, more: RequestKeys = {}): PolicyContext =>
  policyContext({
    ...session.policyContext,
    ...Object.fromEntries([...principalTags(world, session)].map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
    'aws:SourceIdentity': session.sourceIdentity ?? session.policyContext?.['aws:SourceIdentity'],
    'aws:PrincipalType': session.userName === undefined ? 'AssumedRole' : 'User',
    'aws:PrincipalAccount': session.accountId,
    'aws:PrincipalArn': principalArn(world, session),
    'aws:userid': userId(session),
    'aws:username': session.userName,
    ...requestKeys(world),
    ...more,
  })

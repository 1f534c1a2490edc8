import type { World } from '../world.ts'
import { assumeRole } from './assume-role-signed.ts'
import { assumeRoleWithWebIdentity } from './assume-role.ts'
import { userId } from './principal.ts'
import { assumedRoleArn } from './role-arn.ts'
import { callerOf } from './sts-call.ts'
import type { StsCall } from './sts-call.ts'
import type { XmlNode } from './sts-xml.ts'
import { getWebIdentityToken } from './web-identity-token.ts'

/** An operation: what it answers, or the fault that it throws. */
export type StsOperation = {
  readonly run: (world: World, call: StsCall) => Promise<XmlNode>
  /** Whether the legacy global endpoint lacks it. */
  readonly regionalOnly?: true
}

/** Needs no permission at all, as the real one: a valid signature is enough, also where the account has deactivated STS. */
const getCallerIdentity = async (world: World, call: StsCall): Promise<XmlNode> => {
  const session = callerOf(world, call)
  return { Arn: assumedRoleArn(session), UserId: userId(session), Account: session.accountId }
}

/** The operations that the sandbox answers; any other is an InvalidAction. */
export const STS_OPERATIONS: Readonly<Record<string, StsOperation>> = {
  AssumeRole: { run: assumeRole },
  AssumeRoleWithWebIdentity: { run: assumeRoleWithWebIdentity },
  GetCallerIdentity: { run: getCallerIdentity },
  GetWebIdentityToken: { run: getWebIdentityToken, regionalOnly: true },
}

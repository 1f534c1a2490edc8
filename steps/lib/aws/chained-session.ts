import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { deniedAction } from './denied-action.ts'
import { stsHost } from './partitions.ts'
import type { RoleArn } from './role-arn.ts'
import type { AwsAnswer } from './sdk-error.ts'
import { sessionPolicies } from './session-policies.ts'
import { sessionOf, type AwsSession } from './session.ts'
import { callSigned, signedSettings, type SignedRequest } from './signed-request.ts'
import { sessionPolicyCodeOf } from './sts-error.ts'
import { chainIdentityPolicy, chainTrustPolicy } from './trust-policy.ts'

/** One call of AssumeRole, from the session of the role before. */
export type ChainRequest = SignedRequest & {
  /** The role that `session` is of. */
  readonly from: RoleArn
  readonly role: RoleArn
  readonly sessionName: string
  /** Seconds, 900 to 3,600. */
  readonly durationSeconds: number
  readonly policy?: string | undefined
  readonly policyArns?: readonly string[] | undefined
}

/**
 * AssumeRole (role chaining). Transitive session tags and the source identity of the session before go on by themselves; no others are asked for.
 * Throws AWS_CHAIN_NOT_AUTHORIZED, AWS_SESSION_*, AWS_*, NETWORK_*.
 */
export async function assumeChainedRole(request: ChainRequest): Promise<AwsSession> {
  const { role, sessionName, durationSeconds } = request
  const { region } = request.session
  const client = new STSClient(signedSettings(request))
  const command = () =>
    new AssumeRoleCommand({
      RoleArn: role.arn,
      RoleSessionName: sessionName,
      DurationSeconds: durationSeconds,
      ...sessionPolicies(request),
    })
  let denied = 'sts:AssumeRole'
  const codeOf = (answer: AwsAnswer) => {
    if (answer.code !== 'AccessDenied') return sessionPolicyCodeOf(answer)
    denied = deniedAction(answer.message) ?? denied
    return 'AWS_CHAIN_NOT_AUTHORIZED'
  }
  return await callSigned(request, {
    codeOf,
    values: () => valuesOf(request, denied),
    use: async () => {
      const answer = await client.send(command(), { abortSignal: request.patience.signal })
      return sessionOf({ role, sessionName, region, host: stsHost(region, request.endpoints) }, answer)
    },
  })
}

function valuesOf(
  { from, role, durationSeconds, policyArns = [] }: ChainRequest,
  action: string,
): Record<string, string> {
  return {
    role: role.arn,
    'role name': role.name,
    account: role.accountId,
    duration: `${durationSeconds} s`,
    'first role': from.arn,
    'first role name': from.name,
    action,
    policies: policyArns.join(' '),
    'trust policy': chainTrustPolicy(from),
    'identity policy': chainIdentityPolicy(role),
  }
}

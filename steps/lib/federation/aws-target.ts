import type { RunContext } from '../audit/record.ts'
import { parseRoleArn } from '../aws/role-arn.ts'
import { stepError } from '../core/errors.ts'
import type { AwsTarget } from './aws-session.ts'
import { endpointsFor } from './identity-endpoints.ts'
import { neededOf, type IdentityInputs, type IdentityUse } from './identity-inputs.ts'

/** The AWS role that a run acts as, of inputs that passed `checkIdentity`; undefined when the use needs none. */
export function awsTargetOf(inputs: IdentityInputs, use: IdentityUse, context: RunContext): AwsTarget | undefined {
  if (!neededOf(inputs, use).aws) return undefined
  const role = parseRoleArn(inputs['aws-role-arn'] ?? '')
  const region = inputs['aws-region'] ?? use.places[0]?.region
  if (role === undefined || region === undefined)
    throw new TypeError('a run without a role or region passed the checks')
  const { 'aws-chain-role-arn': chain, 'aws-session-duration': duration } = inputs
  return {
    role,
    chain: chain === undefined ? undefined : parseRoleArn(chain),
    region,
    proof: inputs['aws-identity'],
    tokenResource: inputs['aws-identity'] === 'cluster' ? undefined : inputs['aws-token-resource'],
    context,
    durationSeconds: duration === undefined ? undefined : Math.ceil(duration / 1000),
    policy: inputs['aws-session-policy'],
    policyArns: inputs['aws-session-policy-arns'],
    // Without a choice each place is asked by its own kind.
    endpoints: endpointsFor(inputs, undefined),
  }
}

/** Accounts that are reached beside those of the roles, with what they are for. */
export type ReachedAccount = readonly [source: string, account: string]

/** What is reached beside the roles, and on which side of a step that acts as two. */
type Reached = { readonly accounts: readonly ReachedAccount[]; readonly side?: string | undefined }

/**
 * The guard comes before anything is sent: a wrong account must not even see a token. An empty list guards nothing. Throws
 * AWS_ACCOUNT_NOT_ALLOWED.
 */
export function requireAllowedAccounts(
  allowed: readonly string[],
  target: Pick<AwsTarget, 'role' | 'chain'> | undefined,
  { accounts, side }: Reached,
): void {
  if (target === undefined) return
  const before = side === undefined ? '' : `${side}-`
  const roles: ReachedAccount[] = [[`role of ${before}aws-role-arn`, target.role.accountId]]
  if (target.chain !== undefined) roles.push([`role of ${before}aws-chain-role-arn`, target.chain.accountId])
  requireAllowed(allowed, [...roles, ...accounts])
}

/** The same for accounts that are named one by one. Throws AWS_ACCOUNT_NOT_ALLOWED. */
export function requireAllowed(allowed: readonly string[], reached: readonly ReachedAccount[]): void {
  for (const [source, account] of allowed.length === 0 ? [] : reached) {
    if (allowed.includes(account)) continue
    throw stepError('AWS_ACCOUNT_NOT_ALLOWED', { source, account, 'allowed accounts': allowed.join(' ') })
  }
}

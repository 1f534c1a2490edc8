import type { RunContext } from '../audit/record.ts'
import type { Fault } from '../core/errors.ts'
import type { AwsTarget } from './aws-session.ts'
import { awsTargetOf, requireAllowed, requireAllowedAccounts, type ReachedAccount } from './aws-target.ts'
import { checkIdentity, type AwsPlace, type IdentityInputs, type IdentityUse } from './identity-inputs.ts'

/** An entry of a list param that is reached in AWS, with what it says for itself. */
export type AwsEntry = {
  /** The list param, for messages. */
  readonly param: string
  readonly roleArn: string | undefined
  readonly region?: string | undefined
  readonly place?: AwsPlace | undefined
}

/** Identity params, and what they are used for. */
export type Acting = { readonly inputs: IdentityInputs; readonly use: IdentityUse }

/**
 * As whom an entry is reached. A role of its own is the one that works, in the place of `aws-chain-role-arn` where there is one, else of
 * `aws-role-arn`: were it the first of a chain, all entries would end as one role. With `aws-role-arn` itself the entry is not chained.
 */
export function actingFor(inputs: IdentityInputs, { roleArn, region, place }: AwsEntry): Acting {
  const use = { entra: false, aws: true, places: place === undefined ? [] : [place] }
  const there = region === undefined ? inputs : { ...inputs, 'aws-region': region }
  if (roleArn === undefined) return { inputs: there, use }
  if (inputs['aws-chain-role-arn'] === undefined) return { inputs: { ...there, 'aws-role-arn': roleArn }, use }
  const chain = roleArn === inputs['aws-role-arn'] ? undefined : roleArn
  return { inputs: { ...there, 'aws-chain-role-arn': chain }, use }
}

/** Everything that is wrong with the identity params as the entries use them, each fault once. */
export function checkEntries(inputs: IdentityInputs, entries: readonly AwsEntry[]): readonly Fault[] {
  return eachOnce(
    entries.flatMap((entry) => {
      const acting = actingFor(inputs, entry)
      return checkIdentity(acting.inputs, acting.use).map((fault) => asOfEntry(fault, entry))
    }),
  )
}

/** Faults that several uses of the same inputs have in common are said once. */
export function eachOnce(faults: readonly Fault[]): readonly Fault[] {
  return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()]
}

/**
 * The AWS role of an entry that passed {@link checkEntries}. The guard on accounts holds for its roles and for what is reached by it. Throws
 * AWS_ACCOUNT_NOT_ALLOWED; nothing has been sent anywhere by then.
 */
export function allowedTarget(
  inputs: IdentityInputs,
  entry: AwsEntry,
  { context, reached }: { readonly context: RunContext; readonly reached: readonly ReachedAccount[] },
): AwsTarget {
  const acting = actingFor(inputs, entry)
  const target = awsTargetOf(acting.inputs, acting.use, context)
  if (target === undefined) throw new TypeError('an entry in AWS without a role passed the checks')
  const allowed = inputs['allowed-accounts'] ?? []
  const worker = target.chain ?? target.role
  // Said first, as the entry's: what is said of the params would not find it.
  if (entry.roleArn === worker.arn)
    requireAllowed(allowed, [[`role ${worker.arn} of ${entry.param}`, worker.accountId]])
  requireAllowedAccounts(allowed, target, { accounts: reached })
  return target
}

/** The param as the user spelled it: what an entry brought is no value of a param of that name. */
function asOfEntry(fault: Fault, { param, roleArn, region }: AwsEntry): Fault {
  const isOwnRole = /^aws-(chain-)?role-arn$/.test(fault.param) && fault.got === roleArn
  if (isOwnRole) return { ...fault, param: `${param} (role)` }
  return fault.param === 'aws-region' && fault.got === region ? { ...fault, param: `${param} (region)` } : fault
}

import type { AwsAccount } from '../config.ts'
import { AwsFault } from './aws-fault.ts'
import type { Trace } from './aws-fault.ts'

/**
 * Refuses a region in which the account has deactivated STS; the text as publicly reported. Of two accounts the caller's counts
 * (awsdocs/iam-user-guide 283), without a caller the role's. The global endpoint cannot be deactivated.
 */
export const refuseDisabledRegion = (
  account: AwsAccount | undefined,
  call: { readonly region: string; readonly isGlobal: boolean; readonly trace: Trace },
): void => {
  if (account === undefined || call.isGlobal) return
  const disabled = account.stsDisabledRegions?.includes(call.region) === true
  call.trace.checks.push(`STS in ${call.region} for account ${account.id}: ${disabled ? 'deactivated' : 'active'}`)
  if (!disabled) return
  throw new AwsFault(
    'RegionDisabledException',
    `STS is not activated in this region for account:${account.id}. Your account administrator can activate STS in this region using the IAM Console.`,
  )
}

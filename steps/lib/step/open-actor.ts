import type { AwsTarget } from '../federation/aws-session.ts'
import { awsTargetOf, requireAllowedAccounts, type ReachedAccount } from '../federation/aws-target.ts'
import type { Federation } from '../federation/federation.ts'
import type { IdentityInputs, IdentityUse } from '../federation/identity-inputs.ts'
import { describeIdentity } from './describe-identity.ts'
import { sideSpelling } from './identity-sides.ts'
import { openFederation, type FederationNeeds, type Waiting } from './open-federation.ts'
import type { Log } from './log.ts'

/** As whom a step acts: in Entra, and in AWS where that is needed. */
export type Actor = { readonly federation: Federation; readonly target: AwsTarget | undefined }

/** What the identity is for, and whose accounts are reached with it. */
export type Acting = {
  readonly use: IdentityUse
  readonly accounts: readonly ReachedAccount[]
  /** Of a step that acts as two: which of them this is. */
  readonly side?: string | undefined
}

/** What of a step's services it takes. */
export type ActorServices = FederationNeeds & { readonly log: Log }

/**
 * The identity that inputs describe which passed `checkIdentity` for this use, shown in the log. Nothing is asked of anyone yet. Throws
 * AWS_ACCOUNT_NOT_ALLOWED.
 */
export function openActor(
  inputs: IdentityInputs & Waiting,
  { use, accounts, side }: Acting,
  services: ActorServices,
): Actor {
  const target = awsTargetOf(inputs, use, services.context)
  requireAllowedAccounts(inputs['allowed-accounts'] ?? [], target, { accounts, side })
  describeIdentity(services.log, inputs, { use, side })
  return { federation: openFederation(inputs, { ...services, spelling: sideSpelling(side) }, use), target }
}

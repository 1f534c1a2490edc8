import type { AwsTarget } from '../federation/aws-session.ts'
import { awsTargetOf } from '../federation/aws-target.ts'
import { createFederation, type EntraProof, type FederatedIdentity, type Federation } from '../federation/federation.ts'
import type { IdentityInputs, IdentityUse } from '../federation/identity-inputs.ts'
import type { FederationServices } from '../federation/read-token.ts'
import type { Services } from './step-call.ts'

/** How long a step waits for trust that was made just now. */
export type Waiting = { readonly 'propagation-wait': number }

/** What of a step's services it takes to reach Entra and AWS. */
export type FederationNeeds = Pick<
  Services,
  'http' | 'record' | 'context' | 'tokenPath' | 'awsTokenPath' | 'binding' | 'patience'
> &
  Pick<FederationServices, 'spelling'>

/** The way from this pod to Entra and AWS, as the identity params say; they passed `checkIdentity` for this use. Nothing is asked of anyone yet. */
export function openFederation(
  inputs: IdentityInputs & Waiting,
  services: FederationNeeds,
  use: IdentityUse,
): Federation {
  const { http, record, tokenPath, awsTokenPath, binding, spelling } = services
  const identity: FederatedIdentity = {
    // Absent only where no Entra token is needed.
    tenantId: inputs['tenant-id'] ?? '',
    clientId: inputs['client-id'] ?? '',
    cloud: inputs['azure-cloud'] ?? 'AzureCloud',
    tokenPath,
    tokenAudience: inputs['token-audience'] ?? '',
    awsToken: { path: awsTokenPath, audience: inputs['aws-token-audience'] ?? '' },
  }
  const needed = { http, record, spelling, patience: services.patience(inputs['propagation-wait']) }
  const kind = inputs['azure-identity'] ?? 'cluster'
  const proof = (): EntraProof => {
    if (kind === 'identity-binding') return { kind, variables: binding }
    const target = kind === 'aws' ? proofTarget(inputs, services, use) : undefined
    // Where no Entra token is needed there may be no role either; one is never asked for then.
    if (target === undefined) return { kind: 'cluster' }
    const open = async () => (await import('../federation/outbound-proof.ts')).outboundProof(target, identity, needed)
    return { kind: 'aws', open }
  }
  return createFederation({ ...identity, proof: proof() }, needed)
}

/** The role that Entra is shown, asked for by the endpoints of what is reached: FIPS where any of it is. */
function proofTarget(
  inputs: IdentityInputs,
  { context }: Pick<FederationNeeds, 'context'>,
  use: IdentityUse,
): AwsTarget | undefined {
  const target = awsTargetOf(inputs, use, context)
  const place = use.places.find(({ endpoints }) => endpoints.fips) ?? use.places[0]
  return target === undefined ? undefined : { ...target, endpoints: target.endpoints ?? place?.endpoints }
}

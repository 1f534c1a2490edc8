import type { AwsSession } from '../lib/aws/web-identity.ts'
import { createFederation, type FederationServices } from '../lib/federation/federation.ts'
import type { InputsOf } from '../lib/step/define-step.ts'
import type { Services } from '../lib/step/step-call.ts'
import type { Profile } from './profiles.ts'
import type { step } from './step.ts'

type Inputs = InputsOf<typeof step>

/** A profile with a session of its role. */
export type Obtained = Profile & { readonly session: AwsSession }

type Use = { readonly inputs: Inputs; readonly services: FederationServices; readonly call: Services }

/** Sessions by way of Entra; profiles of one role and region share one. Throws TOKEN_*, ENTRA_*, AWS_*, NETWORK_*. */
export async function entraSessions(
  profiles: readonly Profile[],
  { inputs, services, call }: Use,
): Promise<readonly Obtained[]> {
  const { 'tenant-id': tenantId, 'client-id': clientId, 'aws-token-resource': tokenResource } = inputs
  if (tenantId === undefined || clientId === undefined || tokenResource === undefined) {
    throw new TypeError('an identity without Entra passed the checks')
  }
  const { tokenPath, context } = call
  const identity = {
    tenantId,
    clientId,
    cloud: inputs['azure-cloud'],
    tokenPath,
    tokenAudience: inputs['token-audience'],
  }
  const { sharedAwsSessions } = await import('../lib/federation/aws-session.ts')
  const sessions = sharedAwsSessions(createFederation(identity, services))
  const durationSeconds = Math.ceil(inputs['aws-session-duration'] / 1000)
  const policy = inputs['aws-session-policy']
  return await Promise.all(
    profiles.map(async (profile) => {
      const { role, region } = profile
      const target = { role, region, tokenResource, context, durationSeconds, policy }
      return { ...profile, session: await sessions(target).current() }
    }),
  )
}

/** Sessions by the projected token itself, as short as STS gives them. Throws TOKEN_*, AWS_*, NETWORK_*. */
export async function clusterSessions(
  profiles: readonly Profile[],
  { inputs, services, call: { tokenPath, context } }: Use,
): Promise<readonly Obtained[]> {
  const { clusterSession } = await import('../lib/federation/cluster-session.ts')
  const token = { tokenPath, tokenAudience: inputs['token-audience'] }
  return await Promise.all(
    profiles.map(async (profile) => {
      const { role, region } = profile
      return { ...profile, session: await clusterSession(token, services, { role, region, context }) }
    }),
  )
}

import { outboundToken } from '../aws/outbound-token.ts'
import type { Assertion } from '../azure/assertion.ts'
import { awsAppId, awsSession, type AwsTarget } from './aws-session.ts'
import { expiring } from './expiring.ts'
import { createFederation, type FederatedIdentity } from './federation.ts'
import type { FederationServices } from './read-token.ts'

/**
 * Projected token → AWS session → a token of AWS's own issuer for the role, which Entra takes as assertion: each call gives a new one, from
 * a session that lives through them. The session is never made from an Entra token. Throws TOKEN_*, AWS_*, NETWORK_*.
 */
export function outboundProof(
  target: AwsTarget,
  identity: FederatedIdentity,
  services: FederationServices,
): () => Promise<Assertion> {
  const { http, patience, record } = services
  const federation = createFederation(identity, services)
  const session = expiring(patience.clock, async () => await awsSession(federation, { ...target, proof: 'cluster' }))
  const role = target.chain ?? target.role
  return async () => {
    const token = await outboundToken({
      session: await session.current(),
      role,
      audience: identity.tokenAudience,
      http,
      patience,
      endpoints: target.endpoints,
      appId: awsAppId(target.context),
    })
    const { secret, id, expiresAt } = token
    record.token('web-identity', { secret, id, expiresAt, audience: token.audiences.join(' ') })
    record.request('STS', token.requestId)
    return token
  }
}

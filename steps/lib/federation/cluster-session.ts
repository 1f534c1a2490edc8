import { sessionName } from '../aws/session-name.ts'
import type { AwsSession } from '../aws/web-identity.ts'
import { readProjectedToken } from '../token/projected-token.ts'
import { awsAppId, type AwsTarget } from './aws-session.ts'
import type { FederatedIdentity, FederationServices } from './federation.ts'

/**
 * Projected token → AWS session, without Entra: for a role that trusts the cluster's issuer itself. What a client does that finds the
 * token's path in its profile, done once here to see whether it would succeed. Throws TOKEN_*, AWS_*, NETWORK_*.
 */
export async function clusterSession(
  { tokenPath, tokenAudience }: Pick<FederatedIdentity, 'tokenPath' | 'tokenAudience'>,
  { http, patience, record }: FederationServices,
  { role, region, context, durationSeconds }: Omit<AwsTarget, 'tokenResource'>,
): Promise<AwsSession> {
  record.identity({ awsRole: role.arn })
  const { assumeRoleWithWebIdentity } = await import('../aws/web-identity.ts')
  const session = await assumeRoleWithWebIdentity({
    role,
    region,
    sessionName: sessionName(context.podNamespace, context.taskRun),
    token: async () => {
      const { secret, issuer, subject, audiences, kid, id, expiresAt } = await readProjectedToken({
        path: tokenPath,
        audience: tokenAudience,
        now: () => patience.clock.now(),
      })
      const audience = audiences.join(' ')
      record.identity({ issuer, subject })
      record.token('projected', { secret, id, audience, expiresAt })
      return { secret, issuer, subject, audience, kid, authorizedParty: '' }
    },
    durationSeconds: durationSeconds ?? 900,
    appId: awsAppId(context),
    http,
    patience,
  })
  record.identity({ awsSession: session.arn })
  const { sessionToken: secret, accessKeyId: id, expiresAt } = session
  record.token('aws-session', { secret, id, audience: role.arn, expiresAt })
  record.request('STS', session.requestId)
  return session
}

import { aksServerApp } from '../azure/aks.ts'
import type { Secret } from '../core/secret.ts'
import { awsSession, type AwsTarget } from './aws-session.ts'
import type { Federation } from './federation.ts'

/** A bearer token for an API server of Kubernetes. `expiresAt` in epoch milliseconds. */
export type KubernetesToken = { readonly secret: Secret; readonly expiresAt: number }

/** Which cluster, and whose. */
export type Cluster = { readonly 'cluster-type': 'aks' | 'eks'; readonly 'cluster-name': string }

/** A token for a cluster; one on EKS has a role as `target`. Throws TOKEN_*, ENTRA_*, AWS_*, EKS_*, NETWORK_*. */
export async function clusterToken(
  federation: Federation,
  { 'cluster-type': type, 'cluster-name': name }: Cluster,
  target: AwsTarget | undefined,
): Promise<KubernetesToken> {
  if (type === 'aks') return await aksToken(federation)
  if (target === undefined) throw new TypeError('an EKS cluster without a role passed the checks')
  return await eksClusterToken(federation, name, target)
}

/** An Entra token for AKS. It names no cluster: every AKS cluster of the tenant that lets the identity in takes it. */
async function aksToken(federation: Federation): Promise<KubernetesToken> {
  const { secret, expiresAt } = await federation.entraToken(aksServerApp)
  return { secret, expiresAt }
}

/** A token for one EKS cluster, made from a session of the role. */
async function eksClusterToken(federation: Federation, cluster: string, target: AwsTarget): Promise<KubernetesToken> {
  const { record, patience } = federation.services
  const session = await awsSession(federation, target)
  const { eksToken } = await import('../aws/eks-token.ts')
  const { secret, expiresAt } = eksToken(cluster, session, {
    now: patience.clock.now(),
    endpoints: target.endpoints,
  })
  record.token('kubernetes', { secret, id: session.accessKeyId, audience: cluster, expiresAt })
  return { secret, expiresAt }
}

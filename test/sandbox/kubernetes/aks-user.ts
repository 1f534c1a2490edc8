import type { KubernetesCluster } from '../config-kubernetes.ts'
import { verifyEntraToken } from '../entra/verify.ts'
import type { World } from '../world.ts'
import type { KubernetesUser } from './api-servers.ts'

/** The app that all AKS clusters are to Entra. [K] assumption: v1 tokens name it by its id, with or without `spn:`. */
const SERVER_APP = '6dae42f8-4368-4678-94ff-3960e28e3630'

/** Whom an Entra token is to an AKS cluster with Entra integration; a text is why it is nobody. */
export function aksUser(
  world: World,
  cluster: KubernetesCluster & { kind: 'aks' },
  token: string,
): KubernetesUser | string {
  const claims = verifyEntraToken(world, token)
  if (claims === undefined) return 'no valid token of Entra'
  if (![SERVER_APP, `spn:${SERVER_APP}`].includes(claims.aud)) return `made out to ${claims.aud}`
  if (claims.tid !== cluster.tenantId) return `of the tenant ${claims.tid}`
  if (!cluster.principals.includes(claims.oid)) return `${claims.oid} is not let in`
  return { username: claims.oid, groups: ['system:authenticated'] }
}

import type { Fault } from '../core/errors.ts'
import type { KubeContext } from '../handover/kubeconfig.ts'
import { certificatesOf } from '../http/trust.ts'
import { checkIdentity, type IdentityInputs, type IdentityUse } from './identity-inputs.ts'
import { policyTextFaults } from './identity-policies.ts'

/** The inputs that belong together; undefined is what was not given, or faulty by itself. */
export type ClusterInputs = IdentityInputs & {
  readonly 'cluster-type'?: 'aks' | 'eks' | undefined
  readonly 'cluster-ca'?: string | undefined
}

/** What of the inputs says where the cluster is, and what it is called. */
export type ClusterPlace = {
  readonly 'cluster-name': string
  readonly 'cluster-server': string
  readonly 'cluster-ca'?: string | undefined
  readonly context?: string | undefined
  readonly namespace?: string | undefined
}

/** The context that a kubeconfig gets for a cluster, whose token lies beside the kubeconfig. */
export function kubeContext(inputs: ClusterPlace): KubeContext {
  const name = inputs.context ?? inputs['cluster-name']
  return {
    name,
    server: inputs['cluster-server'],
    certificateAuthorityData: inputs['cluster-ca'] ?? '',
    namespace: inputs.namespace,
    tokenFile: `${name}.token`,
  }
}

/** What the identity is needed for: AKS takes a token of Entra, EKS a call that a session of AWS has signed. */
export const clusterUses: Readonly<Record<'aks' | 'eks', IdentityUse>> = {
  aks: { entra: true, aws: false, places: [] },
  eks: { entra: false, aws: true, places: [] },
}

/** What is wrong with the inputs taken together. */
export function checkCluster(inputs: ClusterInputs): readonly Fault[] {
  const type = inputs['cluster-type']
  return [
    ...caFaults(inputs),
    ...(type === undefined ? policyTextFaults(inputs) : checkIdentity(inputs, clusterUses[type])),
  ]
}

function caFaults({ 'cluster-ca': text }: ClusterInputs): Fault[] {
  if (text === undefined) return []
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(text)
  if (isBase64 && certificatesOf(Buffer.from(text, 'base64').toString('utf8')).length > 0) return []
  const expected = 'PEM certificates in Base64, as certificate-authority-data of a kubeconfig has them'
  return [{ param: 'cluster-ca', got: text.slice(0, 40), expected }]
}

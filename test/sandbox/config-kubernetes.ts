/** A cluster of a cloud, by the host of its API server. */
export type KubernetesCluster =
  | {
      readonly kind: 'aks'
      readonly host: string
      /** The tenant whose tokens it takes. */
      readonly tenantId: string
      /** Object ids of those whom it lets in. */
      readonly principals: readonly string[]
    }
  | {
      readonly kind: 'eks'
      readonly host: string
      /** The name that a token must be made for. */
      readonly name: string
      /** Roles whose sessions it lets in, as access entries have them. */
      readonly roles: readonly string[]
    }

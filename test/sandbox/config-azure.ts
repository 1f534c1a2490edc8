/** How Entra itself behaves, where that can be chosen. */
export type EntraBehavior = {
  /** How long Entra keeps the keys that an issuer published. Default 0: asked at each exchange. */
  readonly issuerKeysCacheSeconds?: number
  /** Refuses with AADSTS50196 a client that sends the same request more often than `requests` within `seconds`. Default: never. */
  readonly loopDetection?: { readonly requests: number; readonly seconds: number }
}

/** What a tenant's administrators allow of federated credentials. Default: everything. */
export type FederationPolicy = {
  /** Refuses every federated credential of an application with AADSTS700223; managed identities are not covered. */
  readonly disabled?: boolean
  /** Issuers that may be trusted; others are refused with AADSTS700238. Managed identities are not covered. */
  readonly allowedIssuers?: readonly string[]
}

/** A person in a tenant. */
export type EntraUser = {
  /** Object id: `oid` of the person's tokens. */
  readonly oid: string
  readonly upn: string
  readonly displayName?: string
  readonly enabled?: boolean
  /** Object ids of the groups that hold the person. */
  readonly groups?: readonly string[]
  /** App roles by the client id of the app that defines them. */
  readonly appRoles?: readonly { readonly app: string; readonly role: string }[]
  /** A Conditional Access policy that blocks the person. */
  readonly blockedByConditionalAccess?: boolean
}

/** Delegated permissions that the tenant has consented to for a client. */
export type DelegatedConsent = {
  /** Client id or identifier URI of the resource. */
  readonly resource: string
  readonly scopes: readonly string[]
}

/** An Azure subscription, as ARM shows it. */
export type AzureSubscription = {
  readonly id: string
  readonly displayName: string
  readonly tenantId: string
  readonly resourceGroups: readonly AzureResourceGroup[]
  /** Who may read it: service principals, people or groups by object id. */
  readonly roleAssignments: readonly AzureRoleAssignment[]
}

export type AzureResourceGroup = {
  readonly name: string
  readonly location: string
  /** Login servers of the registries in it, as `acrRegistries` has them. */
  readonly registries?: readonly string[]
}

export type AzureRoleAssignment = {
  readonly principalId: string
  /** All of them may read; `AcrPull` and `AcrPush` may read registries alone. */
  readonly role: 'Owner' | 'Contributor' | 'Reader' | 'AcrPull' | 'AcrPush'
  /** Name of a resource group; the whole subscription when absent. */
  readonly resourceGroup?: string
}

/** An AKS cluster's identity binding: which service accounts of the cluster may act as a user-assigned managed identity. */
export type IdentityBinding = {
  /** Issuer of the cluster, one of `issuers`. */
  readonly issuer: string
  readonly tenantId: string
  readonly clientId: string
  /** Subjects that the cluster's own roles let use the identity, exactly. */
  readonly subjects: readonly string[]
}

/** An Azure container registry as `az acr create` and its role assignments would make it. */
export type AcrRegistry = {
  /** Login server, such as `contoso.azurecr.io`; with a domain name label `contoso-a1b2c3d4e5.azurecr.io`. */
  readonly loginServer: string
  readonly tenantId: string
  readonly roleAssignments: readonly AcrRoleAssignment[]
  /** `azureADAuthenticationAsArmPolicy`: whether ARM-audience tokens are accepted. Default true. */
  readonly acceptsArmTokens?: boolean
  /** Which kind of roles counts. Default `rbac`. `controlAcr` switches it at run time. */
  readonly roleAssignmentMode?: 'rbac' | 'rbac-abac'
  /** Service tier: sets the throttles. Default `Premium`. */
  readonly sku?: 'Basic' | 'Standard' | 'Premium'
  /** Other throttles than the tier's: requests a minute of the whole registry; one identity has half of them. */
  readonly throttles?: { readonly reads?: number; readonly writes?: number; readonly tokens?: number }
  /** Seconds that its tokens live. Default 3 hours and 75 minutes. */
  readonly tokenLifetimes?: { readonly refresh?: number; readonly access?: number }
  readonly anonymousPull?: boolean
  /** Tokens with a password that belong to the registry, not to Entra. */
  readonly scopeMapTokens?: readonly AcrScopeMapToken[]
  /** Regions of a geo-replicated registry, the home region first. */
  readonly replicas?: readonly string[]
  /** Seconds until a push shows at the other replicas. Default 0. */
  readonly replicationLag?: number
  /** Login servers of single replicas: `contoso.westeurope.geo.azurecr.io`. */
  readonly regionalEndpoints?: boolean
  /** Blobs come from `contoso.westeurope.data.azurecr.io` instead of a shared storage account. */
  readonly dedicatedDataEndpoints?: boolean
  /** Encrypted by a key of the customer's: such a registry has no referrers API. Premium alone. */
  readonly customerManagedKey?: boolean
  readonly locks?: readonly AcrLock[]
}

/** Built-in roles with rights to data. Each counts in one of the two modes. */
export type AcrRole =
  | 'AcrPull'
  | 'AcrPush'
  | 'AcrDelete'
  | 'Owner'
  | 'Contributor'
  | 'Container Registry Repository Reader'
  | 'Container Registry Repository Writer'
  | 'Container Registry Repository Contributor'
  | 'Container Registry Repository Catalog Lister'

/** A role given to a service principal. */
export type AcrRoleAssignment = {
  readonly principalId: string
  readonly role: AcrRole
  /** Azure's condition text (version 2.0) on the repository's name, as the portal shows it. */
  readonly condition?: string
}

/** A repository-scoped token of the registry: user name, passwords, and what its scope map allows. */
export type AcrScopeMapToken = {
  readonly name: string
  readonly passwords: readonly string[]
  readonly enabled?: boolean
  /** Repository names, or prefixes that end in `/*`, or `*`. */
  readonly scopeMap: Readonly<Record<string, readonly AcrDataAction[]>>
}

/** Actions of scope maps, and the last words of the data actions of roles. */
export type AcrDataAction = 'content/read' | 'content/write' | 'content/delete' | 'metadata/read' | 'metadata/write'

/** Attributes of a repository, or of a tag or manifest in it (`az acr repository update`). */
export type AcrLock = {
  readonly repository: string
  /** A tag or a digest; the whole repository when absent. */
  readonly reference?: string
  /** False stops updates and deletes. */
  readonly writeEnabled?: boolean
  readonly deleteEnabled?: boolean
  readonly readEnabled?: boolean
}

import type {
  AzureSubscription,
  DelegatedConsent,
  EntraBehavior,
  EntraUser,
  FederationPolicy,
  IdentityBinding,
} from './config-azure.ts'
import type { ImageSigning, RepositoryScanning, ScanFinding } from './config-ecr-images.ts'
import type { ClusterIssuer } from './config-issuer.ts'
import type { KubernetesCluster } from './config-kubernetes.ts'
import type { RecordSink } from './config-sink.ts'
import type { LogIngestion, S3Bucket } from './config-stores.ts'
import type { AcrRegistry } from './registry/acr-config.ts'

/** The sandbox's state as a platform team would write it down. Everything is exact match; nothing is implied. */
export type SandboxConfig = {
  readonly issuers: readonly ClusterIssuer[]
  readonly tenants: readonly Tenant[]
  readonly accounts: readonly AwsAccount[]
  readonly acrRegistries: readonly AcrRegistry[]
  /** Azure subscriptions as ARM shows them; none when absent. */
  readonly subscriptions?: readonly AzureSubscription[]
  /** Identity bindings of AKS clusters; with one, the sandbox runs their token proxy. */
  readonly identityBindings?: readonly IdentityBinding[]
  /** Clusters whose API servers take tokens of the clouds; none when absent. */
  readonly clusters?: readonly KubernetesCluster[]
  readonly entra?: EntraBehavior
  /** Endpoints that keep audit records; none when absent. */
  readonly recordSinks?: readonly RecordSink[]
  /** Data collection rules of Azure Monitor; none when absent. */
  readonly logIngestion?: readonly LogIngestion[]
  /** `counted`: registries hash and count pushed blobs and keep no bytes, so that a push may be larger than the disk. Default `disk`. */
  readonly blobStorage?: 'disk' | 'counted'
  /** Known defects of the registries, all on by default. */
  readonly registryQuirks?: {
    /** ECR's `Range` sticks to the first chunk (aws/containers-roadmap 2831). */
    readonly ecrStaleRange?: boolean
    /** ECR answers 500 to an empty closing PUT after several chunks. */
    readonly ecrFailsEmptyClosingPut?: boolean
  }
  /** Address that AWS sees requests come from (`aws:SourceIp`). Default 127.0.0.1. */
  readonly sourceIp?: string
}

export type Tenant = {
  readonly id: string
  /** Verified domain names that may stand in the token URL instead of the id. */
  readonly domains?: readonly string[]
  /** The cloud whose authority knows the tenant. Default `public`. */
  readonly cloud?: 'public' | 'us-government' | 'china'
  /** Seconds that every access token lives, as a token lifetime policy sets it; a random 60 to 90 minutes when absent. */
  readonly accessTokenLifetime?: number
  readonly apps: readonly EntraApp[]
  readonly users?: readonly EntraUser[]
  readonly federationPolicy?: FederationPolicy
}

/** An app registration with its service principal, or a user-assigned managed identity. */
export type EntraApp = {
  readonly clientId: string
  readonly displayName: string
  /** Object id of the service principal: `oid` and `sub` of its app-only tokens. Absent: no service principal in the tenant. */
  readonly servicePrincipalId?: string
  readonly kind?: 'application' | 'managed-identity'
  readonly enabled?: boolean
  readonly federatedCredentials?: readonly FederatedCredential[]
  /** Object ids of the groups that hold the service principal. */
  readonly groups?: readonly string[]
  /** What this app is as a resource: the URIs under which tokens are asked for it. */
  readonly identifierUris?: readonly string[]
  /** Version of the access tokens made *for* this app: null and 1 give v1, 2 gives v2. */
  readonly requestedAccessTokenVersion?: 1 | 2 | null
  /** Optional claims of the access tokens made *for* this app. Microsoft's own resources always get `idtyp`. */
  readonly optionalClaims?: readonly 'idtyp'[]
  readonly appRoleAssignmentRequired?: boolean
  /** App roles of this resource given directly to clients. */
  readonly appRoleAssignments?: readonly { readonly clientId: string; readonly role: string }[]
  /** A Conditional Access policy that blocks this workload identity. */
  readonly blockedByConditionalAccess?: boolean
  /** Registered for any tenant: others may hold a service principal of it. */
  readonly multiTenant?: boolean
  /** This is only the service principal of a multi-tenant app that is registered in that tenant, where its credentials are. */
  readonly homeTenantId?: string
  /** ARM id of a managed identity: `xms_mirid` of its tokens. */
  readonly resourceId?: string
  /** Where people are sent back to, exactly; the port of `http://localhost` and `http://127.0.0.1` is not compared. */
  readonly redirectUris?: readonly string[]
  /** "Allow public client flows": device code, and codes redeemed without a credential. */
  readonly allowPublicClient?: boolean
  /** Delegated permissions that this app, as a resource, defines. */
  readonly exposedScopes?: readonly string[]
  /** What people's tokens for this client may carry without being asked. */
  readonly consents?: readonly DelegatedConsent[]
  /** Puts the groups of a person into tokens made *for* this app. */
  readonly groupMembershipClaims?: boolean
  /** App roles of Microsoft Graph that this client was granted, such as `Application.Read.All`. */
  readonly graphPermissions?: readonly string[]
}

export type FederatedCredential = {
  readonly name: string
  readonly issuer: string
  readonly subject: string
  /** Exactly one. */
  readonly audiences: readonly [string]
}

export type AwsAccount = {
  readonly id: string
  readonly partition?: 'aws' | 'aws-us-gov' | 'aws-cn' | 'aws-eusc'
  readonly oidcProviders: readonly OidcProvider[]
  readonly roles: readonly AwsRole[]
  readonly repositories: readonly EcrRepository[]
  readonly repositoryCreationTemplates?: readonly RepositoryCreationTemplate[]
  /** S3 buckets; none when absent. */
  readonly buckets?: readonly S3Bucket[]
  /** Settings of the private registry. BLOB_MOUNTING is opt-in. */
  readonly accountSettings?: { readonly BLOB_MOUNTING?: 'ENABLED' | 'DISABLED' }
  /** The account's ECR Public registry: `public.ecr.aws/<alias>/<repository>`. */
  readonly publicRegistry?: { readonly alias: string; readonly repositories: readonly string[] }
  /** Managed policies by ARN, as session policies may name them (`PolicyArns`). */
  readonly managedPolicies?: Readonly<Record<string, PolicyDocument>>
  /** IAM users with a long-lived access key each, for clients that start without a token. */
  readonly users?: readonly AwsUser[]
  /** Regions in which the account's administrator has deactivated STS. */
  readonly stsDisabledRegions?: readonly string[]
  /** Outbound web identity federation, when it is enabled: `id` is the first label of the issuer's host name. */
  readonly outboundFederation?: { readonly id: string }
}

export type AwsUser = {
  readonly name: string
  readonly path?: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly policies: readonly PolicyDocument[]
  readonly tags?: Readonly<Record<string, string>>
}

export type OidcProvider = {
  /** Issuer URL exactly as in `iss`, with its trailing slash where it has one. */
  readonly url: string
  readonly clientIds: readonly string[]
}

export type AwsRole = {
  readonly name: string
  readonly path?: string
  readonly trustPolicy: PolicyDocument
  /** What sessions of the role may do: identity policies as IAM evaluates them. */
  readonly policies: readonly PolicyDocument[]
  /** Seconds, 3600 when absent. */
  readonly maxSessionDuration?: number
  /** Tags of the role itself; session tags of the same key, in any letters, replace them. */
  readonly tags?: Readonly<Record<string, string>>
  /** How many tries to assume the role are denied first, as while IAM still spreads a new role. Default 0. */
  readonly deniedTries?: number
}

export type PolicyDocument = { readonly Version: '2012-10-17'; readonly Statement: readonly PolicyStatement[] }
export type PolicyStatement = {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>
  readonly Action: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

export type EcrRepository = {
  readonly region: string
  readonly name: string
  readonly imageTagMutability?: TagMutability
  /** Tags that are the other way round, for the two settings `…_WITH_EXCLUSION`. */
  readonly imageTagMutabilityExclusionFilters?: readonly TagExclusionFilter[]
  /** The repository policy: whom the repository itself lets in, other accounts among them. */
  readonly policy?: PolicyDocument
  /** A blob mounts only between repositories that are encrypted alike. Default AES256. */
  readonly encryptionConfiguration?: {
    readonly encryptionType: 'AES256' | 'KMS' | 'KMS_DSSE'
    readonly kmsKey?: string
  }
  readonly tags?: Readonly<Record<string, string>>
  readonly scanOnPush?: boolean
  /** What every scan of the repository's images finds. Default: nothing. */
  readonly scanFindings?: readonly ScanFinding[]
  /** How its images are scanned. Default: basic scanning that is over as soon as it begins. */
  readonly scanning?: RepositoryScanning
  /** Managed signing: how it goes with every image, for each signing profile. Absent: no signing. */
  readonly signing?: readonly ImageSigning[]
  /** Epoch seconds. */
  readonly createdAt?: number
}

export type TagMutability = 'MUTABLE' | 'IMMUTABLE' | 'MUTABLE_WITH_EXCLUSION' | 'IMMUTABLE_WITH_EXCLUSION'
/** `*` in the filter stands for any characters of a tag. */
export type TagExclusionFilter = { readonly filterType: 'WILDCARD'; readonly filter: string }

/** What ECR gives a repository that it makes by itself. The longest prefix counts, `ROOT` is for all the rest. */
export type RepositoryCreationTemplate = Pick<
  EcrRepository,
  'imageTagMutability' | 'imageTagMutabilityExclusionFilters' | 'encryptionConfiguration'
> & {
  /** Without the slash at its end, which ECR assumes; or `ROOT`. */
  readonly prefix: string
  readonly appliedFor: readonly ('PULL_THROUGH_CACHE' | 'REPLICATION' | 'CREATE_ON_PUSH')[]
  /** Absent: in every region. */
  readonly region?: string
  readonly repositoryPolicy?: PolicyDocument
}

import type { EntraApp, Tenant } from '../config.ts'
import { cloudOf } from './clouds.ts'

/** What a token is asked for. */
export type Resource = {
  readonly appId: string
  readonly displayName: string
  /** As the request named it: URI or app id. `aud` of a v1 token says the same. */
  readonly requestedAs: string
  readonly tokenVersion: 1 | 2
  readonly hasIdtyp: boolean
  /** Tokens whose header is changed after signing, so that only the resource itself can verify them. */
  readonly hasNonce: boolean
  readonly isEnabled: boolean
  readonly assignmentRequired: boolean
  /** Delegated permissions that it defines; undefined for Microsoft's own, whose long lists are not kept here. */
  readonly exposedScopes: readonly string[] | undefined
  readonly hasGroups: boolean
  /** Values of `roles` in tokens of the client. */
  rolesOf(clientId: string): readonly string[]
}

type BuiltIn = {
  readonly displayName: string
  readonly appId: string
  readonly hasNonce?: boolean
  /** 1 when absent. */
  readonly tokenVersion?: 2
  /** URIs per cloud, without the trailing slash: with it they are accepted as well. */
  readonly uris: Readonly<Record<NonNullable<Tenant['cloud']>, readonly string[]>>
}

/** The resource whose tokens managed identities trade; v2 tokens name it by its app id. [K] assumption: the id. */
export const TOKEN_EXCHANGE_URI = 'api://AzureADTokenExchange'
export const TOKEN_EXCHANGE_APP = 'fb60f99c-7a34-4190-8149-302f77469936'

/** Microsoft Graph's app id: the permissions of clients on it are in the clients' own configuration. */
export const GRAPH_APP = '00000003-0000-0000-c000-000000000000'

const ACR = ['https://containerregistry.azure.net']

/**
 * Microsoft's own APIs, which have a service principal in every tenant. URIs: Azure CLI's cloud table (protocols §2).
 * [K] assumption: the app ids; that all of them get v1 tokens; one ACR URI for all clouds; that both spellings of the
 * trailing slash find the resource.
 */
const builtIns: readonly BuiltIn[] = [
  {
    displayName: 'Azure Container Registry',
    appId: '6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26',
    uris: { public: ACR, 'us-government': ACR, china: ACR },
  },
  {
    displayName: 'Windows Azure Service Management API',
    appId: '797f4846-ba00-4fd7-ba43-dac1f8f63013',
    uris: {
      public: ['https://management.azure.com', 'https://management.core.windows.net'],
      'us-government': ['https://management.usgovcloudapi.net', 'https://management.core.usgovcloudapi.net'],
      china: ['https://management.chinacloudapi.cn', 'https://management.core.chinacloudapi.cn'],
    },
  },
  {
    displayName: 'Microsoft Graph',
    appId: GRAPH_APP,
    hasNonce: true,
    uris: {
      public: ['https://graph.microsoft.com'],
      'us-government': ['https://graph.microsoft.us', 'https://dod-graph.microsoft.us'],
      china: ['https://microsoftgraph.chinacloudapi.cn'],
    },
  },
  {
    displayName: 'AAD Token Exchange Endpoint',
    appId: TOKEN_EXCHANGE_APP,
    tokenVersion: 2,
    uris: {
      public: [TOKEN_EXCHANGE_URI],
      'us-government': [`${TOKEN_EXCHANGE_URI}USGov`],
      china: [`${TOKEN_EXCHANGE_URI}China`],
    },
  },
  {
    // One app for the API servers of all AKS clusters; tokens are asked for by its id alone.
    displayName: 'Azure Kubernetes Service AAD Server',
    appId: '6dae42f8-4368-4678-94ff-3960e28e3630',
    uris: { public: [], 'us-government': [], china: [] },
  },
  {
    displayName: 'Azure Key Vault',
    appId: 'cfa8b339-82a2-471a-a3c9-0fe0be7a4093',
    uris: {
      public: ['https://vault.azure.net'],
      'us-government': ['https://vault.usgovcloudapi.net'],
      china: ['https://vault.azure.cn'],
    },
  },
  {
    displayName: 'Azure Monitor',
    appId: 'be14bf7e-8ab4-49b0-9dc6-a0eddd6fa73e',
    uris: {
      public: ['https://monitor.azure.com'],
      'us-government': ['https://monitor.azure.us'],
      china: ['https://monitor.azure.cn'],
    },
  },
  {
    displayName: 'Azure Storage',
    appId: 'e406a681-f3d4-42a8-90b6-c2b029497af1',
    uris: {
      public: ['https://storage.azure.com'],
      'us-government': ['https://storage.azure.com'],
      china: ['https://storage.azure.com'],
    },
  },
]

/** The resource that a URI or an app id names in the tenant: an app with a service principal, or one of Microsoft's own. */
export function findResource(tenant: Tenant, name: string): Resource | undefined {
  const app = tenant.apps.find((candidate) => names(candidate).includes(name))
  if (app !== undefined) return app.servicePrincipalId === undefined ? undefined : resourceOfApp(app, name)
  const cloud = cloudOf(tenant).name
  const builtIn = builtIns.find((own) => own.appId === name || own.uris[cloud].includes(name.replace(/\/$/, '')))
  return builtIn === undefined ? undefined : resourceOfBuiltIn(tenant, builtIn, name)
}

function names(app: EntraApp): readonly string[] {
  return [app.clientId, ...(app.identifierUris ?? [])]
}

function resourceOfApp(app: EntraApp, requestedAs: string): Resource {
  const assignments = app.appRoleAssignments ?? []
  return {
    appId: app.clientId,
    displayName: app.displayName,
    requestedAs,
    tokenVersion: app.requestedAccessTokenVersion === 2 ? 2 : 1,
    hasIdtyp: app.optionalClaims?.includes('idtyp') === true,
    hasNonce: false,
    isEnabled: app.enabled !== false,
    assignmentRequired: app.appRoleAssignmentRequired === true,
    exposedScopes: app.exposedScopes ?? [],
    hasGroups: app.groupMembershipClaims === true,
    rolesOf: (clientId) => assignments.filter((given) => given.clientId === clientId).map((given) => given.role),
  }
}

function resourceOfBuiltIn(tenant: Tenant, builtIn: BuiltIn, requestedAs: string): Resource {
  return {
    appId: builtIn.appId,
    displayName: builtIn.displayName,
    requestedAs,
    tokenVersion: builtIn.tokenVersion ?? 1,
    hasIdtyp: true,
    hasNonce: builtIn.hasNonce === true,
    isEnabled: true,
    assignmentRequired: false,
    exposedScopes: undefined,
    hasGroups: false,
    rolesOf: (clientId) =>
      builtIn.appId === GRAPH_APP
        ? (tenant.apps.find((client) => client.clientId === clientId)?.graphPermissions ?? [])
        : [],
  }
}

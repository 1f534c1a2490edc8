import type { EntraApp, SandboxConfig } from '../config.ts'

/** Tenants in every cloud, with people, managed identities, an app for many tenants, and a subscription: for tests beyond one client. */
export const fabrikam = {
  tenant: '8b2d0000-0000-4000-8000-000000000001',
  partner: '8b2d0000-0000-4000-8000-000000000002',
  government: '8b2d0000-0000-4000-8000-000000000003',
  china: '8b2d0000-0000-4000-8000-000000000004',
  locked: '8b2d0000-0000-4000-8000-000000000005',
  picky: '8b2d0000-0000-4000-8000-000000000006',
  builder: '8b2d0000-0000-4000-8000-000000000010',
  builderPrincipal: '8b2d0000-0000-4000-8000-000000000011',
  shared: '8b2d0000-0000-4000-8000-000000000020',
  sharedInPartner: '8b2d0000-0000-4000-8000-000000000021',
  identity: '8b2d0000-0000-4000-8000-000000000030',
  identityPrincipal: '8b2d0000-0000-4000-8000-000000000031',
  trusting: '8b2d0000-0000-4000-8000-000000000040',
  desktop: '8b2d0000-0000-4000-8000-000000000050',
  portal: '8b2d0000-0000-4000-8000-000000000060',
  api: '8b2d0000-0000-4000-8000-000000000070',
  closedApi: '8b2d0000-0000-4000-8000-000000000080',
  ada: '8b2d0000-0000-4000-8000-0000000000a1',
  grace: '8b2d0000-0000-4000-8000-0000000000a2',
  subscription: '8b2d0000-0000-4000-8000-0000000000f1',
  partnerSubscription: '8b2d0000-0000-4000-8000-0000000000f2',
  group: '8b2d0000-0000-4000-8000-0000000000e1',
  issuer: 'https://oidc.fabrikam.example/cluster-1/',
  subject: 'system:serviceaccount:ci:builder',
  redirectUri: 'https://approve.fabrikam.example/back',
} as const

const credential = {
  name: 'cluster-1',
  issuer: fabrikam.issuer,
  subject: fabrikam.subject,
  audiences: ['api://AzureADTokenExchange'] as const,
}

const entraIssuer = (tenant: string): string => `https://login.microsoftonline.com/${tenant}/v2.0`

const entraCredential = {
  name: 'identity',
  issuer: entraIssuer(fabrikam.tenant),
  subject: fabrikam.identityPrincipal,
  audiences: ['api://AzureADTokenExchange'] as const,
}

const builder: EntraApp = {
  clientId: fabrikam.builder,
  displayName: 'builder',
  servicePrincipalId: fabrikam.builderPrincipal,
  federatedCredentials: [credential],
  graphPermissions: ['Application.Read.All'],
}

const withAudience = (audience: string): EntraApp => ({
  ...builder,
  federatedCredentials: [{ ...credential, audiences: [audience] }],
})

const apps: readonly EntraApp[] = [
  builder,
  {
    clientId: fabrikam.shared,
    displayName: 'shared builder',
    servicePrincipalId: fabrikam.shared,
    multiTenant: true,
    federatedCredentials: [credential],
    redirectUris: [fabrikam.redirectUri],
    allowPublicClient: true,
  },
  {
    clientId: fabrikam.identity,
    displayName: 'id-builder',
    servicePrincipalId: fabrikam.identityPrincipal,
    kind: 'managed-identity',
    resourceId: `/subscriptions/${fabrikam.subscription}/resourcegroups/ci/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-builder`,
    federatedCredentials: [credential],
    blockedByConditionalAccess: true,
  },
  {
    clientId: fabrikam.trusting,
    displayName: 'trusts the identity',
    servicePrincipalId: fabrikam.trusting,
    federatedCredentials: [
      entraCredential,
      { ...entraCredential, name: 'builder', subject: fabrikam.builderPrincipal },
      { ...entraCredential, name: 'ada', subject: fabrikam.ada },
      { ...entraCredential, name: 'partner', issuer: entraIssuer(fabrikam.partner) },
    ],
  },
  {
    clientId: fabrikam.desktop,
    displayName: 'approver',
    servicePrincipalId: fabrikam.desktop,
    allowPublicClient: true,
    redirectUris: ['http://localhost', fabrikam.redirectUri],
    consents: [
      { resource: 'api://approve', scopes: ['Runs.Approve'] },
      { resource: 'https://graph.microsoft.com', scopes: ['User.Read'] },
      { resource: 'api://vault', scopes: ['Open'] },
      { resource: 'https://management.core.windows.net/', scopes: ['user_impersonation'] },
    ],
  },
  {
    clientId: fabrikam.portal,
    displayName: 'portal',
    servicePrincipalId: fabrikam.portal,
    redirectUris: [fabrikam.redirectUri],
    federatedCredentials: [credential],
    groupMembershipClaims: true,
    consents: [{ resource: fabrikam.api, scopes: ['Runs.Read'] }],
  },
  {
    clientId: fabrikam.api,
    displayName: 'approvals',
    servicePrincipalId: fabrikam.api,
    identifierUris: ['api://approve'],
    requestedAccessTokenVersion: 2,
    exposedScopes: ['Runs.Approve', 'Runs.Read'],
    groupMembershipClaims: true,
  },
  {
    clientId: fabrikam.closedApi,
    displayName: 'vault',
    servicePrincipalId: fabrikam.closedApi,
    identifierUris: ['api://vault'],
    exposedScopes: ['Open'],
    appRoleAssignmentRequired: true,
  },
]

/** A state for each test, as some change theirs. */
export function fabrikamCloud(more: Partial<SandboxConfig> = {}): SandboxConfig {
  return {
    issuers: [{ url: fabrikam.issuer }],
    tenants: [
      {
        id: fabrikam.tenant,
        domains: ['fabrikam.example', 'fabrikam.onmicrosoft.com'],
        apps,
        users: [
          {
            oid: fabrikam.ada,
            upn: 'ada@fabrikam.example',
            displayName: 'Ada',
            groups: [fabrikam.group],
            appRoles: [{ app: fabrikam.api, role: 'Approver' }],
          },
          { oid: fabrikam.grace, upn: 'grace@fabrikam.example', blockedByConditionalAccess: true },
          { oid: '8b2d0000-0000-4000-8000-0000000000a3', upn: 'gone@fabrikam.example', enabled: false },
        ],
      },
      {
        id: fabrikam.partner,
        domains: ['partner.example'],
        apps: [
          {
            clientId: fabrikam.shared,
            displayName: 'shared builder',
            servicePrincipalId: fabrikam.sharedInPartner,
            homeTenantId: fabrikam.tenant,
          },
        ],
      },
      { id: fabrikam.government, cloud: 'us-government', apps: [withAudience('api://AzureADTokenExchangeUSGov')] },
      { id: fabrikam.china, cloud: 'china', apps: [withAudience('api://AzureADTokenExchangeChina')] },
      { id: fabrikam.locked, apps: [builder], federationPolicy: { disabled: true } },
      { id: fabrikam.picky, apps: [builder], federationPolicy: { allowedIssuers: ['https://other.example/'] } },
    ],
    accounts: [],
    acrRegistries: [{ loginServer: 'fabrikam.azurecr.io', tenantId: fabrikam.tenant, roleAssignments: [] }],
    subscriptions: [
      {
        id: fabrikam.subscription,
        displayName: 'Fabrikam CI',
        tenantId: fabrikam.tenant,
        resourceGroups: [
          { name: 'ci', location: 'westeurope', registries: ['fabrikam.azurecr.io'] },
          { name: 'secret', location: 'westeurope' },
        ],
        roleAssignments: [
          { principalId: fabrikam.builderPrincipal, role: 'Reader', resourceGroup: 'ci' },
          { principalId: fabrikam.group, role: 'Reader' },
        ],
      },
      {
        id: fabrikam.partnerSubscription,
        displayName: 'Partner',
        tenantId: fabrikam.partner,
        resourceGroups: [],
        roleAssignments: [],
      },
    ],
    identityBindings: [
      { issuer: fabrikam.issuer, tenantId: fabrikam.tenant, clientId: fabrikam.identity, subjects: [fabrikam.subject] },
    ],
    ...more,
  }
}

import type { EntraApp, SandboxConfig } from '../config.ts'
import type { Sandbox } from '../sandbox.ts'
import { throughProxy } from '../through-proxy.ts'
import type { RawAnswer } from '../through-proxy.ts'

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

const entraCredential = {
  name: 'identity',
  issuer: `https://login.microsoftonline.com/${fabrikam.tenant}/v2.0`,
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
      {
        ...entraCredential,
        name: 'partner',
        issuer: `https://login.microsoftonline.com/${fabrikam.partner}/v2.0`,
      },
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
      { resource: 'api://AzureADTokenExchange', scopes: ['user_impersonation'] },
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

/** One form to the token endpoint (or another one) of the tenant. */
export async function postForm(
  sandbox: Sandbox,
  form: Readonly<Record<string, string | undefined>>,
  options: { host?: string; tenant?: string; endpoint?: string } = {},
): Promise<RawAnswer & { readonly json: Record<string, unknown> }> {
  const { host = 'login.microsoftonline.com', tenant = fabrikam.tenant, endpoint = 'oauth2/v2.0/token' } = options
  const given = Object.entries(form).filter((field): field is [string, string] => field[1] !== undefined)
  const answer = await throughProxy(sandbox, {
    url: `https://${host}/${tenant}/${endpoint}`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(given).toString(),
  })
  return { ...answer, json: JSON.parse(answer.body) }
}

/** The form of a pod's exchange. */
export function podForm(
  sandbox: Sandbox,
  changes: { readonly audience?: string; readonly form?: Readonly<Record<string, string | undefined>> } = {},
): Record<string, string | undefined> {
  const { audience, form } = changes
  return {
    client_id: fabrikam.builder,
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: sandbox.mintToken({
      namespace: 'ci',
      serviceAccount: 'builder',
      ...(audience === undefined ? {} : { audience }),
    }),
    scope: 'https://management.core.windows.net//.default',
    ...form,
  }
}

/** The access token of a pod's exchange that must succeed. */
export async function podToken(sandbox: Sandbox, form: Readonly<Record<string, string>> = {}): Promise<string> {
  const { json } = await postForm(sandbox, podForm(sandbox, { form }))
  if (typeof json['access_token'] !== 'string') throw new Error(String(json['error_description']))
  return json['access_token']
}

/** AADSTS number of an answer; undefined when it is a token. */
export function codeOf(answer: { readonly json: Record<string, unknown> }): unknown {
  const codes = answer.json['error_codes']
  return Array.isArray(codes) ? codes[0] : undefined
}

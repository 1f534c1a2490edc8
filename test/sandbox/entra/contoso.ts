import type { EntraApp, SandboxConfig } from '../config.ts'
import type { MintTokenOptions } from '../mint-token.ts'
import type { Sandbox } from '../sandbox.ts'
import { throughProxy } from '../through-proxy.ts'
import type { RawAnswer, RawRequest } from '../through-proxy.ts'

/** A tenant with one app for each way in which a token request can go: what the tests of the Entra stand-in ask. */
export const ids = {
  tenant: '7a1c2b3d-0000-4000-8000-000000000001',
  governmentTenant: '7a1c2b3d-0000-4000-8000-000000000002',
  builder: '7a1c2b3d-0000-4000-8000-000000000010',
  builderPrincipal: '7a1c2b3d-0000-4000-8000-000000000011',
  withoutPrincipal: '7a1c2b3d-0000-4000-8000-000000000020',
  disabled: '7a1c2b3d-0000-4000-8000-000000000030',
  withoutCredential: '7a1c2b3d-0000-4000-8000-000000000040',
  blocked: '7a1c2b3d-0000-4000-8000-000000000050',
  blockedIdentity: '7a1c2b3d-0000-4000-8000-000000000060',
  publicApi: '7a1c2b3d-0000-4000-8000-000000000070',
  guardedApi: '7a1c2b3d-0000-4000-8000-000000000080',
  closedApi: '7a1c2b3d-0000-4000-8000-000000000090',
  disabledApi: '7a1c2b3d-0000-4000-8000-0000000000a0',
} as const

export const issuer = 'https://oidc.contoso.example/cluster-1/'
const unreachableIssuer = 'https://oidc.nowhere.example/'
const audience = 'api://AzureADTokenExchange'
const subject = 'system:serviceaccount:ci:builder'

const credential = { name: 'cluster-1', issuer, subject, audiences: [audience] as const }

function client(clientId: string, more: Partial<EntraApp> = {}): EntraApp {
  return { clientId, displayName: 'client', servicePrincipalId: clientId, federatedCredentials: [credential], ...more }
}

const apps: readonly EntraApp[] = [
  client(ids.builder, {
    displayName: 'builder',
    servicePrincipalId: ids.builderPrincipal,
    federatedCredentials: [credential, { ...credential, name: 'nowhere', issuer: unreachableIssuer }],
  }),
  { clientId: ids.withoutPrincipal, displayName: 'ghost', federatedCredentials: [credential] },
  client(ids.disabled, { displayName: 'retired', enabled: false }),
  client(ids.withoutCredential, { displayName: 'untrusting', federatedCredentials: [] }),
  client(ids.blocked, { blockedByConditionalAccess: true }),
  client(ids.blockedIdentity, { blockedByConditionalAccess: true, kind: 'managed-identity' }),
  {
    clientId: ids.publicApi,
    displayName: 'public API',
    servicePrincipalId: ids.publicApi,
    identifierUris: ['api://public', 'api://public/'],
    requestedAccessTokenVersion: null,
  },
  {
    clientId: ids.guardedApi,
    displayName: 'guarded API',
    servicePrincipalId: ids.guardedApi,
    identifierUris: ['api://guarded'],
    requestedAccessTokenVersion: 2,
    optionalClaims: ['idtyp'],
    appRoleAssignmentRequired: true,
    appRoleAssignments: [{ clientId: ids.builder, role: 'Aws.Push' }],
  },
  {
    clientId: ids.closedApi,
    displayName: 'closed API',
    servicePrincipalId: ids.closedApi,
    identifierUris: ['api://closed'],
    appRoleAssignmentRequired: true,
  },
  {
    clientId: ids.disabledApi,
    displayName: 'disabled API',
    servicePrincipalId: ids.disabledApi,
    identifierUris: ['api://disabled'],
    enabled: false,
  },
]

export const contoso: SandboxConfig = {
  issuers: [{ url: issuer }],
  tenants: [
    { id: ids.tenant, domains: ['contoso.example'], apps },
    { id: ids.governmentTenant, cloud: 'us-government', accessTokenLifetime: 600, apps: [client(ids.builder)] },
  ],
  accounts: [],
  acrRegistries: [],
}

/** One token request. What is not given is right. */
export type TokenRequest = {
  readonly token?: Partial<MintTokenOptions>
  /** Fields laid over the right ones; `undefined` leaves one out. */
  readonly form?: Readonly<Record<string, string | undefined>>
  readonly host?: string
  readonly tenant?: string
  readonly version?: 1 | 2
  readonly request?: Partial<RawRequest>
}

/** Asks the token endpoint as `builder` from its pod, with the changes given. */
export async function askToken(sandbox: Sandbox, changes: TokenRequest = {}): Promise<RawAnswer> {
  const { host = 'login.microsoftonline.com', tenant = ids.tenant, version = 2 } = changes
  const path = version === 2 ? 'oauth2/v2.0/token' : 'oauth2/token'
  return throughProxy(sandbox, {
    url: `https://${host}/${tenant}/${path}`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: formOf(sandbox, changes),
    ...changes.request,
  })
}

/** The form of such a request. */
export function formOf(sandbox: Sandbox, { token = {}, form = {}, version = 2 }: TokenRequest = {}): string {
  const target = version === 2 ? { scope: 'api://public/.default' } : { resource: 'api://public' }
  const fields = {
    client_id: ids.builder,
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: sandbox.mintToken({ namespace: 'ci', serviceAccount: 'builder', ...token }),
    ...target,
    ...form,
  }
  const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined)
  return new URLSearchParams(given).toString()
}

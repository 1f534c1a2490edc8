import { createHash } from 'node:crypto'
import type { EntraApp, FederatedCredential } from '../config.ts'
import type { EntraUser } from '../config-azure.ts'

/** Object id of an app registration: made from the client id, as the state names none. */
export function applicationId(app: EntraApp): string {
  return objectId(`application ${app.clientId}`)
}

/** As Graph shows a person (user resource, default properties). */
export function describeUser({ oid, upn, displayName = upn }: EntraUser): object {
  return {
    id: oid,
    userPrincipalName: upn,
    displayName,
    businessPhones: [],
    givenName: null,
    jobTitle: null,
    mail: null,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: null,
  }
}

/** As Graph shows a service principal, as far as clients read it. */
export function describeServicePrincipal(app: EntraApp, tenantId: string): object {
  return {
    id: app.servicePrincipalId,
    appId: app.clientId,
    displayName: app.displayName,
    appDisplayName: app.displayName,
    accountEnabled: app.enabled !== false,
    appOwnerOrganizationId: app.kind === 'managed-identity' ? null : (app.homeTenantId ?? tenantId),
    appRoleAssignmentRequired: app.appRoleAssignmentRequired === true,
    alternativeNames: app.resourceId === undefined ? [] : ['isExplicit=True', app.resourceId],
    servicePrincipalNames: [app.clientId, ...(app.identifierUris ?? [])],
    servicePrincipalType: app.kind === 'managed-identity' ? 'ManagedIdentity' : 'Application',
    tags: [],
  }
}

/** As Graph shows an app registration, as far as clients read it. */
export function describeApplication(app: EntraApp): object {
  return {
    id: applicationId(app),
    appId: app.clientId,
    displayName: app.displayName,
    identifierUris: app.identifierUris ?? [],
    signInAudience: app.multiTenant === true ? 'AzureADMultipleOrgs' : 'AzureADMyOrg',
    isFallbackPublicClient: app.allowPublicClient === true ? true : null,
    api: { requestedAccessTokenVersion: app.requestedAccessTokenVersion ?? null },
    publicClient: { redirectUris: app.redirectUris ?? [] },
  }
}

/** As Graph shows a federated credential. */
export function describeCredential(app: EntraApp, credential: FederatedCredential): object {
  const { name, issuer, subject, audiences } = credential
  return {
    id: objectId(`credential ${app.clientId} ${name}`),
    name,
    issuer,
    subject,
    description: null,
    audiences,
  }
}

/** The same name has the same id in every sandbox. */
function objectId(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

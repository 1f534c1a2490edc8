import type { EntraApp, FederatedCredential, SandboxConfig, Tenant } from '../config.ts'
import { repeated } from '../repeated.ts'

/** Limits of federated credentials (protocols §1.4). */
const MAX_CREDENTIALS = 20
const MAX_FIELD_LENGTH = 600
const CREDENTIAL_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$/

/** What no directory would hold, each with the path of the field in the state. */
export function entraFaults(config: SandboxConfig): readonly string[] {
  const ids = config.tenants.map(({ id }) => id.toLowerCase())
  return [
    ...repeated(ids).map((id) => `tenants: two have the id ${id}`),
    ...config.tenants.flatMap((tenant, index) => tenantFaults(config, tenant, `tenants[${index}]`)),
  ]
}

function tenantFaults(config: SandboxConfig, tenant: Tenant, path: string): readonly string[] {
  const ids = tenant.apps.map((app) => app.clientId.toLowerCase())
  const uris = tenant.apps.flatMap((app) => app.identifierUris ?? [])
  const users = tenant.users ?? []
  return [
    ...repeated(ids).map((id) => `${path}.apps: two apps have the client id ${id}`),
    ...repeated(uris).map((uri) => `${path}.apps: two apps have the identifier URI ${uri}`),
    ...repeated(users.map(({ oid }) => oid)).map((oid) => `${path}.users: two people have the object id ${oid}`),
    ...repeated(users.map(({ upn }) => upn.toLowerCase())).map((upn) => `${path}.users: two people are called ${upn}`),
    ...tenant.apps.flatMap((app, index) => appFaults(config, app, `${path}.apps[${index}]`)),
  ]
}

function appFaults(config: SandboxConfig, app: EntraApp, path: string): readonly string[] {
  return [...kindFaults(app, path), ...homeFaults(config, app, path), ...credentialFaults(app, path)]
}

/** A managed identity has no app registration, so nothing that is written on one. */
function kindFaults(app: EntraApp, path: string): readonly string[] {
  if (app.kind !== 'managed-identity') return []
  const fields = ['multiTenant', 'homeTenantId', 'redirectUris', 'allowPublicClient', 'identifierUris'] as const
  const wrong = fields.filter((field) => app[field] !== undefined)
  return wrong.map((field) => `${path}.${field}: a managed identity (${app.displayName}) cannot have it`)
}

/** The service principal of another tenant's app: that tenant has it, for any tenant, and keeps its credentials. */
function homeFaults(config: SandboxConfig, app: EntraApp, path: string): readonly string[] {
  if (app.homeTenantId === undefined) return []
  const home = config.tenants.find(({ id }) => id === app.homeTenantId)
  const registered = home?.apps.find(({ clientId }) => clientId === app.clientId)
  const isMulti = registered?.multiTenant === true && registered.homeTenantId === undefined
  return [
    ...(isMulti ? [] : [`${path}.homeTenantId: that tenant has no multi-tenant app ${app.clientId}`]),
    ...(app.federatedCredentials === undefined
      ? []
      : [`${path}.federatedCredentials: they belong to the registration in the home tenant`]),
  ]
}

function credentialFaults(app: EntraApp, at: string): readonly string[] {
  const path = `${at}.federatedCredentials`
  const credentials = app.federatedCredentials ?? []
  const pairs = credentials.map(({ issuer, subject }) => `${issuer} ${subject}`)
  const tooMany = credentials.length > MAX_CREDENTIALS ? [`more than ${MAX_CREDENTIALS} federated credentials`] : []
  return [
    ...tooMany.map((fault) => `${path}: ${fault}`),
    ...repeated(credentials.map(({ name }) => name)).map((name) => `${path}: two federated credentials named ${name}`),
    ...repeated(pairs).map((pair) => `${path}: two federated credentials for ${pair}`),
    ...credentials.flatMap((credential, index) => fieldFaults(credential, `${path}[${index}]`)),
  ]
}

function fieldFaults(credential: FederatedCredential, path: string): readonly string[] {
  const { name, issuer, subject, audiences } = credential
  const named = CREDENTIAL_NAME.test(name) ? [] : [`${path}.name: the name ${name} is not allowed`]
  const fields = { issuer, subject, 'audiences[0]': audiences[0] }
  const lengths = Object.entries(fields).filter(([, value]) => value === '' || value.length > MAX_FIELD_LENGTH)
  const several = audiences.length === 1 ? [] : [`${path}.audiences: exactly one is allowed`]
  return [
    ...named,
    ...several,
    ...lengths.map(([field]) => `${path}.${field}: empty or longer than ${MAX_FIELD_LENGTH}`),
  ]
}

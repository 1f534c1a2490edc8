import type { EntraApp } from '../config.ts'
import { requirePermission } from './graph-caller.ts'
import type { GraphCaller } from './graph-caller.ts'
import {
  applicationId,
  describeApplication,
  describeCredential,
  describeServicePrincipal,
  describeUser,
} from './graph-objects.ts'
import { checkGroupsOfServicePrincipal, checkGroupsOfUser } from './graph-groups.ts'
import { GraphRefusal, refuseMissing } from './graph-refusal.ts'
import { isSame } from './is-same.ts'

/** A request whose token was verified. */
export type GraphCall = {
  readonly caller: GraphCaller
  readonly host: string
  readonly url: URL
  readonly method: string
  readonly contentType: string
  readonly sent: Buffer
}

type Route = {
  readonly path: RegExp
  readonly operation: string
  /** GET when absent. */
  readonly method?: 'POST'
  answer(call: GraphCall, names: readonly string[]): object
}

/** Least permissions of the Graph permissions reference, and those that include them. */
const READ_APPS = [
  'Application.Read.All',
  'Application.ReadWrite.All',
  'Application.ReadWrite.OwnedBy',
  'Directory.Read.All',
]
const READ_USERS = ['User.Read.All', 'User.ReadBasic.All', 'User.ReadWrite.All', 'Directory.Read.All']
const READ_ME = ['User.Read', ...READ_USERS]
const READ_ORGANIZATION = ['User.Read', 'Organization.Read.All', 'Directory.Read.All']

const routes: readonly Route[] = [
  { path: /^\/me$/i, operation: 'get me', answer: getMe },
  { path: /^\/organization$/i, operation: 'get organization', answer: getOrganization },
  { path: /^\/users\/([^/]+)$/i, operation: 'get user', answer: getUser },
  { path: /^\/servicePrincipals$/i, operation: 'list service principals', answer: listServicePrincipals },
  { path: /^\/servicePrincipals\/([^/]+)$/i, operation: 'get service principal', answer: getServicePrincipal },
  {
    path: /^\/servicePrincipals\(appId='([^']+)'\)$/i,
    operation: 'get service principal',
    answer: getServicePrincipal,
  },
  { path: /^\/applications$/i, operation: 'list applications', answer: listApplications },
  { path: /^\/applications\/([^/]+)$/i, operation: 'get application', answer: getApplication },
  { path: /^\/applications\(appId='([^']+)'\)$/i, operation: 'get application', answer: getApplication },
  {
    path: /^\/applications(?:\/([^/]+)|\(appId='([^']+)'\))\/federatedIdentityCredentials$/i,
    operation: 'list federated credentials',
    answer: listCredentials,
  },
  {
    path: /^\/users\/([^/]+)\/checkMemberGroups$/i,
    operation: 'check member groups',
    method: 'POST',
    answer: checkGroupsOfUser,
  },
  {
    path: /^\/servicePrincipals\/([^/]+)\/checkMemberGroups$/i,
    operation: 'check member groups',
    method: 'POST',
    answer: checkGroupsOfServicePrincipal,
  },
]

/** Answers a verified request by its path below the version. */
export function answerRoute(path: string, call: GraphCall): { body: object; operation: string } {
  for (const route of routes) {
    const match = route.path.exec(path)
    if (match === null) continue
    if (call.method !== (route.method ?? 'GET')) {
      throw new GraphRefusal(405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.')
    }
    const names = match.slice(1).filter((name) => name !== undefined)
    return { body: route.answer(call, names), operation: route.operation }
  }
  const segment = path.split('/')[1] ?? ''
  throw new GraphRefusal(400, 'BadRequest', `Resource not found for the segment '${segment}'.`)
}

function getMe(call: GraphCall): object {
  const { user } = call.caller
  if (user === undefined) {
    throw new GraphRefusal(400, 'BadRequest', '/me request is only valid with delegated authentication flow.')
  }
  requirePermission(call.caller, READ_ME)
  return entity(call, 'users', describeUser(user))
}

function getOrganization(call: GraphCall): object {
  requirePermission(call.caller, READ_ORGANIZATION)
  const { id, domains = [] } = call.caller.tenant
  const verifiedDomains = domains.map((name, index) => ({ name, isDefault: index === 0, type: 'Managed' }))
  return listOf(call, 'organization', [{ id, displayName: domains[0] ?? id, verifiedDomains }])
}

function getUser(call: GraphCall, [name = '']: readonly string[]): object {
  requirePermission(call.caller, READ_USERS)
  const user = call.caller.tenant.users?.find(({ oid, upn }) => [oid, upn].some((known) => isSame(known, name)))
  return user === undefined ? refuseMissing(name) : entity(call, 'users', describeUser(user))
}

function listServicePrincipals(call: GraphCall): object {
  requirePermission(call.caller, READ_APPS)
  const all = call.caller.tenant.apps.filter(({ servicePrincipalId }) => servicePrincipalId !== undefined)
  const found = all.filter((app) => filterOf(call)(app))
  return listOf(
    call,
    'servicePrincipals',
    found.map((app) => describeServicePrincipal(app, call.caller.tenant.id)),
  )
}

/** By object id, or by client id in parentheses. */
function getServicePrincipal(call: GraphCall, [name = '']: readonly string[]): object {
  requirePermission(call.caller, READ_APPS)
  const byClient = isByClient(call)
  const app = call.caller.tenant.apps.find(
    ({ servicePrincipalId, clientId }) =>
      servicePrincipalId !== undefined && isSame(byClient ? clientId : servicePrincipalId, name),
  )
  return app === undefined
    ? refuseMissing(name)
    : entity(call, 'servicePrincipals', describeServicePrincipal(app, call.caller.tenant.id))
}

function listApplications(call: GraphCall): object {
  requirePermission(call.caller, READ_APPS)
  return listOf(
    call,
    'applications',
    registrations(call)
      .filter((app) => filterOf(call)(app))
      .map(describeApplication),
  )
}

function getApplication(call: GraphCall, names: readonly string[]): object {
  requirePermission(call.caller, READ_APPS)
  return entity(call, 'applications', describeApplication(findRegistration(call, names)))
}

function listCredentials(call: GraphCall, names: readonly string[]): object {
  requirePermission(call.caller, READ_APPS)
  const app = findRegistration(call, names)
  const credentials = (app.federatedCredentials ?? []).map((credential) => describeCredential(app, credential))
  return listOf(call, `applications('${applicationId(app)}')/federatedIdentityCredentials`, credentials)
}

/** Named by `(appId='…')` and not by object id. */
function isByClient({ url }: GraphCall): boolean {
  return /\(|%28/.test(url.pathname)
}

/** App registrations of the tenant: managed identities and apps of other tenants have none here. */
function registrations(call: GraphCall): readonly EntraApp[] {
  return call.caller.tenant.apps.filter((app) => app.kind !== 'managed-identity' && app.homeTenantId === undefined)
}

function findRegistration(call: GraphCall, [name = '']: readonly string[]): EntraApp {
  const byClient = isByClient(call)
  const app = registrations(call).find((one) => isSame(byClient ? one.clientId : applicationId(one), name))
  return app ?? refuseMissing(name)
}

/** The filters that Azure CLI sends; another one is refused, so that no condition is overlooked. */
function filterOf({ url }: GraphCall): (app: EntraApp) => boolean {
  const filter = url.searchParams.get('$filter')
  if (filter === null) return () => true
  const [, property, value = ''] = /^(appId|displayName) eq '([^']*)'$/.exec(filter) ?? []
  if (property === 'appId') return (app) => isSame(app.clientId, value)
  if (property === 'displayName') return (app) => isSame(app.displayName, value)
  const [, collection, name = ''] =
    /^(servicePrincipalNames|identifierUris)\/any\(\w+:\s*\w+ eq '([^']*)'\)$/.exec(filter) ?? []
  if (collection === 'servicePrincipalNames')
    return (app) => [app.clientId, ...(app.identifierUris ?? [])].includes(name)
  if (collection === 'identifierUris') return (app) => app.identifierUris?.includes(name) === true
  throw new GraphRefusal(
    400,
    'Request_UnsupportedQuery',
    `Unsupported or invalid query filter clause specified: '${filter}'.`,
  )
}

function entity({ host }: GraphCall, type: string, body: object): object {
  return { '@odata.context': `https://${host}/v1.0/$metadata#${type}/$entity`, ...body }
}

function listOf({ host }: GraphCall, type: string, value: readonly object[]): object {
  return { '@odata.context': `https://${host}/v1.0/$metadata#${type}`, value }
}

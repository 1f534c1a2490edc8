import { found } from './exchange.ts'
import type { Check, Exchange } from './exchange.ts'
import { refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'
import { findResource, GRAPH_APP } from './resources.ts'

/** Scopes of OpenID Connect: they need no resource and, here, no consent. */
const OPENID_SCOPES: readonly string[] = ['openid', 'profile', 'email', 'offline_access']

/** What the person's token is for, and whether person and client may have it: delegated permissions. */
export const personChecks: readonly Check[] = [
  { name: 'person enabled', run: ({ user }) => (found(user).enabled === false ? refuse(50057) : undefined) },
  { name: 'scope', shows: (exchange) => scopeOf(exchange), run: checkScope },
  { name: 'consent', run: checkConsent },
  { name: 'person assigned', run: checkAssignment },
  {
    name: 'conditional access',
    run: ({ user }) => (found(user).blockedByConditionalAccess === true ? refuse(53003) : undefined),
  },
]

/** Whether the request asked for one of OpenID Connect's scopes. */
export function asksFor(exchange: Exchange, scope: string): boolean {
  return scopeOf(exchange).split(' ').includes(scope)
}

/** What is asked for now; a redemption without `scope` asks for what was allowed. */
export function scopeOf({ form, grant }: Exchange): string {
  return form.get('scope') ?? grant?.scope ?? ''
}

/** Permissions of one resource: `resource/name`, `resource/.default`, or a bare name of Microsoft Graph. */
function checkScope(exchange: Exchange): Refusal | undefined {
  const scope = scopeOf(exchange)
  const asked = scope.split(' ').filter((one) => one !== '' && !OPENID_SCOPES.includes(one))
  const parts = asked.map((one) => ({
    resource: one.slice(0, Math.max(one.lastIndexOf('/'), 0)),
    name: one.slice(one.lastIndexOf('/') + 1),
  }))
  const resources = new Set(parts.map((part) => (part.resource === '' ? GRAPH_APP : part.resource)))
  if (resources.size > 1) return refuse(28000, { scope })
  const [name = GRAPH_APP] = resources
  const tenant = found(exchange.tenant)
  const resource = findResource(tenant, name)
  if (resource === undefined) return refuse(500011, { resource: name, tenant: tenant.id })
  if (!resource.isEnabled) return refuse(500014, { resource: name })
  exchange.resource = resource
  exchange.scopes = parts.map((part) => part.name)
  const unknown = exchange.scopes.find((one) => one !== '.default' && resource.exposedScopes?.includes(one) === false)
  return unknown === undefined ? undefined : refuse(70011, { scope })
}

/** Consent is what the state says: the sandbox asks nobody. `.default` stands for everything consented. */
function checkConsent(exchange: Exchange): Refusal | undefined {
  const { clientId, displayName, consents = [] } = found(exchange.app)
  const resource = found(exchange.resource)
  const asked = found(exchange.scopes)
  const openid = OPENID_SCOPES.filter((scope) => scope !== 'offline_access' && asksFor(exchange, scope))
  if (asked.length === 0) {
    exchange.scopes = openid
    return undefined
  }
  const tenant = found(exchange.tenant)
  const consent = consents.find((one) => findResource(tenant, one.resource)?.appId === resource.appId)
  const client = { client: clientId, name: displayName }
  if (consent === undefined) return refuse(650057, { ...client, resource: resource.requestedAs })
  const wanted = asked.includes('.default') ? consent.scopes : asked
  if (!wanted.every((scope) => consent.scopes.includes(scope))) return refuse(65001, client)
  // Microsoft Graph's tokens alone carry the OpenID scopes as well ([K] assumption).
  exchange.scopes = resource.appId === GRAPH_APP ? [...new Set([...wanted, ...openid])] : wanted
  return undefined
}

/** Assignment may be required for the client itself and for the resource; a role that the person has is an assignment. */
function checkAssignment(exchange: Exchange): Refusal | undefined {
  const { appRoles = [], upn } = found(exchange.user)
  const { clientId, displayName, appRoleAssignmentRequired } = found(exchange.app)
  const resource = found(exchange.resource)
  const demanding = [
    ...(appRoleAssignmentRequired === true ? [{ appId: clientId, displayName }] : []),
    ...(resource.assignmentRequired ? [resource] : []),
  ]
  const missing = demanding.find(({ appId }) => !appRoles.some(({ app }) => app === appId))
  if (missing === undefined) return undefined
  return refuse(50105, { name: missing.displayName, resource: missing.appId, user: upn })
}

import { found } from './exchange.ts'
import type { Check, Exchange } from './exchange.ts'
import { refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'
import { findResource } from './resources.ts'

const DEFAULT_SUFFIX = '/.default'
/** OpenID Connect's own scopes: MSAL for Go sends them along, Entra ignores them in this flow. */
const RESERVED_SCOPES: readonly string[] = ['openid', 'offline_access', 'profile']

/** What the token is for, and whether this client may have it. */
export const resourceChecks: readonly Check[] = [
  { name: 'scope', run: checkScope },
  { name: 'resource', shows: ({ resource }) => resource?.appId ?? 'unknown', run: checkResource },
  { name: 'app role assignment', run: checkAssignment },
  { name: 'conditional access', run: checkConditionalAccess },
]

/** Exactly one resource with `/.default`. */
function checkScope(exchange: Exchange): Refusal | undefined {
  if (exchange.version === 1) return undefined
  const scopes = requestedScopes(exchange)
  const scope = exchange.form.get('scope') ?? ''
  if (scopes.length === 0 || !scopes.every((one) => one.endsWith(DEFAULT_SUFFIX))) return refuse(1002012, { scope })
  return new Set(scopes).size === 1 ? undefined : refuse(70011, { scope })
}

function checkResource(exchange: Exchange): Refusal | undefined {
  const tenant = found(exchange.tenant)
  const name = resourceName(exchange)
  const resource = findResource(tenant, name)
  if (resource === undefined) return refuse(500011, { resource: name, tenant: tenant.id })
  exchange.resource = resource
  return resource.isEnabled ? undefined : refuse(500014, { resource: name })
}

function resourceName(exchange: Exchange): string {
  if (exchange.version === 1) return exchange.form.get('resource') ?? ''
  // Only the last `/.default` is cut off: a resource URI that ends in a slash is asked for with two.
  return (requestedScopes(exchange)[0] ?? '').slice(0, -DEFAULT_SUFFIX.length)
}

function requestedScopes(exchange: Exchange): readonly string[] {
  const scopes = (exchange.form.get('scope') ?? '').split(' ')
  return scopes.filter((scope) => scope !== '' && !RESERVED_SCOPES.includes(scope))
}

function checkAssignment(exchange: Exchange): Refusal | undefined {
  const resource = found(exchange.resource)
  const { clientId, displayName } = found(exchange.app)
  if (!resource.assignmentRequired || resource.rolesOf(clientId).length > 0) return undefined
  return refuse(501051, {
    client: clientId,
    name: displayName,
    resource: resource.appId,
    resourceName: resource.displayName,
  })
}

/** Conditional Access for workload identities does not cover managed identities (protocols §1.4). */
function checkConditionalAccess(exchange: Exchange): Refusal | undefined {
  const { kind, blockedByConditionalAccess } = found(exchange.app)
  return blockedByConditionalAccess === true && kind !== 'managed-identity' ? refuse(53003) : undefined
}

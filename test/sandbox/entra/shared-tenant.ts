import type { Tenant } from '../config.ts'
import { cloudOf } from './clouds.ts'
import type { Check, Exchange } from './exchange.ts'
import { personState } from './person-state.ts'
import { refuse } from './refusals.ts'
import { findTenant, sharedTenants } from './tenants.ts'

/** At `/common` and `/organizations` the code or token says whose tenant it is. */
export const sharedTenantCheck: Check = {
  name: 'tenant of what is redeemed',
  applies: ({ tenant }) => tenant === undefined,
  run: (exchange) => {
    const tenant = tenantRedeemed(exchange)
    if (tenant === undefined) return refuse(exchange.form.has('device_code') ? 70018 : 9002313)
    exchange.tenant = tenant
    return undefined
  },
}

function tenantRedeemed({ world, form }: Exchange): Tenant | undefined {
  const { codes, refreshTokens, devices } = personState(world)
  return (
    codes.get(form.get('code') ?? '')?.tenant ??
    refreshTokens.get(form.get('refresh_token') ?? '')?.tenant ??
    // Before the person has answered, any of the tenants will do to look at the client.
    devices.get(form.get('device_code') ?? '')?.tenants[0]
  )
}

/**
 * The tenants whose people may sign in to the client at this path: the one that it names or, at a shared path, all that
 * hold a service principal of the multi-tenant app. `single` is an app that a shared path is not for (AADSTS50194).
 */
export function tenantsForPeople(
  exchange: Pick<Exchange, 'world' | 'cloud' | 'tenantSegment'>,
  clientId: string,
): readonly Tenant[] | 'single' | undefined {
  const { world, cloud, tenantSegment } = exchange
  const named = findTenant(world, tenantSegment, [cloud])
  if (named !== undefined) return [named]
  if (!sharedTenants.includes(tenantSegment.toLowerCase())) return undefined
  const registered = world.config.tenants
    .flatMap((tenant) => tenant.apps)
    .find((app) => isClient(app.clientId, clientId))
  if (registered === undefined) return undefined
  const holders = world.config.tenants.filter(
    (tenant) => cloudOf(tenant) === cloud && tenant.apps.some((app) => isClient(app.clientId, clientId)),
  )
  const isShared = holders.some(({ apps }) =>
    apps.some((app) => isClient(app.clientId, clientId) && app.multiTenant === true),
  )
  return isShared ? holders : 'single'
}

/** Client ids are GUIDs, which know no case. */
function isClient(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

import { found } from './exchange.ts'
import type { Check, Exchange } from './exchange.ts'
import { refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'

/** The client application and its service principal. */
export const clientChecks: readonly Check[] = [
  {
    name: 'client',
    // Not what was sent: a secret may stand there by mistake.
    shows: ({ app }) => app?.clientId ?? 'unknown',
    run: findClient,
  },
  {
    name: 'registration',
    applies: ({ app }) => app?.homeTenantId !== undefined,
    shows: ({ app }) => `in tenant ${app?.homeTenantId}`,
    run: findRegistration,
  },
  {
    name: 'service principal',
    run: (exchange) => {
      const { clientId, servicePrincipalId } = found(exchange.app)
      if (servicePrincipalId !== undefined) return undefined
      return refuse(7000229, { client: clientId, tenant: found(exchange.tenant).id })
    },
  },
  {
    name: 'client enabled',
    run: (exchange) => {
      const { clientId, displayName, enabled } = found(exchange.app)
      const isDisabled = enabled === false || found(exchange.registration).app.enabled === false
      return isDisabled ? refuse(7000112, { client: clientId, name: displayName }) : undefined
    },
  },
]

/** Client ids are GUIDs, which know no case. */
function findClient(exchange: Exchange): Refusal | undefined {
  const tenant = found(exchange.tenant)
  const client = exchange.form.get('client_id') ?? ''
  const app = tenant.apps.find((candidate) => candidate.clientId.toLowerCase() === client.toLowerCase())
  if (app === undefined) return refuse(700016, { client, tenant: tenant.id })
  exchange.app = app
  exchange.registration = { tenant, app }
  return undefined
}

/** A multi-tenant app is one registration, with its credentials, and a service principal in each tenant that uses it. */
function findRegistration(exchange: Exchange): Refusal | undefined {
  const { clientId, homeTenantId } = found(exchange.app)
  const tenant = exchange.world.config.tenants.find(({ id }) => id === homeTenantId)
  const app = tenant?.apps.find((candidate) => candidate.clientId === clientId)
  if (tenant === undefined || app?.multiTenant !== true) {
    return refuse(700016, { client: clientId, tenant: found(exchange.tenant).id })
  }
  exchange.registration = { tenant, app }
  return undefined
}

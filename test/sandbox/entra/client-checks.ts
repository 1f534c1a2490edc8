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
      return enabled === false ? refuse(7000112, { client: clientId, name: displayName }) : undefined
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
  return undefined
}

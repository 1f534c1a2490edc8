import type { Check, Exchange } from './exchange.ts'
import { refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'
import { findTenant, refuseTenant } from './tenants.ts'

/** The one `client_assertion_type` of RFC 7523 §2.2. */
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Tenant and form of the request. */
export const requestChecks: readonly Check[] = [
  {
    name: 'method',
    run: ({ method }) => (method === 'POST' ? undefined : refuse(900561, { method })),
  },
  {
    name: 'tenant',
    shows: (exchange) => exchange.tenantSegment,
    run: (exchange) => {
      const tenant = findTenant(exchange.world, exchange.tenantSegment, [exchange.cloud])
      if (tenant === undefined) return refuseTenant(exchange.tenantSegment)
      exchange.tenant = tenant
      return undefined
    },
  },
  {
    name: 'no duplicated parameter',
    run: ({ duplicated: [name] }) => (name === undefined ? undefined : refuse(9000411, { name })),
  },
  { name: 'grant type', run: checkGrant },
  { name: 'client_id given', run: (exchange) => required(exchange, 'client_id') },
  { name: 'scope or resource given', run: checkTarget },
  { name: 'client credential given', run: checkCredential },
]

function required({ form }: Exchange, name: string): Refusal | undefined {
  return form.has(name) ? undefined : refuse(900144, { name })
}

function checkGrant(exchange: Exchange): Refusal | undefined {
  const grant = exchange.form.get('grant_type')
  if (grant === undefined) return refuse(900144, { name: 'grant_type' })
  return grant === 'client_credentials' ? undefined : refuse(70003, { grant })
}

/** v1 takes `resource`, v2 takes `scope` and refuses `resource`. */
function checkTarget(exchange: Exchange): Refusal | undefined {
  if (exchange.version === 1) return required(exchange, 'resource')
  return exchange.form.has('resource') ? refuse(901002) : required(exchange, 'scope')
}

/** No client of the sandbox has a secret, so each one that is sent is wrong. */
function checkCredential(exchange: Exchange): Refusal | undefined {
  const { form } = exchange
  if (!form.has('client_assertion')) {
    return form.has('client_secret') ? refuse(7000215, { client: form.get('client_id') ?? '' }) : refuse(7000216)
  }
  const type = form.get('client_assertion_type')
  if (type === undefined) return refuse(900144, { name: 'client_assertion_type' })
  return type === JWT_BEARER ? undefined : refuse(70002)
}

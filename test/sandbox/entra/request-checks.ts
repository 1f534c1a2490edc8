import { found } from './exchange.ts'
import type { Check, Exchange } from './exchange.ts'
import { refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'
import { findTenant, refuseTenant, sharedTenants } from './tenants.ts'

/** The one `client_assertion_type` of RFC 7523 §2.2. */
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The grants that the token endpoint knows. */
export type Grant =
  | 'client_credentials'
  | 'authorization_code'
  | 'refresh_token'
  | 'urn:ietf:params:oauth:grant-type:device_code'

/** As requests name them. `device_code` is what msal-node sends instead of RFC 8628's name. */
const GRANTS: ReadonlyMap<string, Grant> = new Map([
  ['client_credentials', 'client_credentials'],
  ['authorization_code', 'authorization_code'],
  ['refresh_token', 'refresh_token'],
  ['urn:ietf:params:oauth:grant-type:device_code', 'urn:ietf:params:oauth:grant-type:device_code'],
  ['device_code', 'urn:ietf:params:oauth:grant-type:device_code'],
])

/** The grant of a request whose form was found right. */
export function grantOf({ form }: Exchange): Grant {
  return found(GRANTS.get(form.get('grant_type') ?? ''))
}

/** Tenant and form of every token request. */
export const requestChecks: readonly Check[] = [
  {
    name: 'method',
    run: ({ method }) => (method === 'POST' ? undefined : refuse(900561, { method })),
  },
  {
    name: 'not a regional authority',
    run: ({ isRegional }) => (isRegional === true ? refuse(100007) : undefined),
  },
  { name: 'tenant', shows: (exchange) => exchange.tenantSegment, run: checkTenant },
  {
    name: 'no duplicated parameter',
    run: ({ duplicated: [name] }) => (name === undefined ? undefined : refuse(9000411, { name })),
  },
  { name: 'grant type', run: checkGrant },
  given('client_id'),
]

/** What each grant further needs. */
export const clientCredentialsForm: readonly Check[] = [
  { name: 'scope or resource given', run: checkTarget },
  { name: 'client credential given', run: checkCredential },
]
export const codeForm: readonly Check[] = [given('code'), given('redirect_uri')]
export const refreshForm: readonly Check[] = [given('refresh_token')]
export const deviceForm: readonly Check[] = [given('device_code')]

/** A parameter that must be there and not empty. */
export function given(name: string): Check {
  return { name: `${name} given`, run: (exchange) => required(exchange, name) }
}

function required({ form }: Exchange, name: string): Refusal | undefined {
  return form.has(name) ? undefined : refuse(900144, { name })
}

/** People may be asked for without a tenant: the code that is redeemed says which one it was. */
function checkTenant(exchange: Exchange): Refusal | undefined {
  const { world, tenantSegment, cloud, form } = exchange
  const isShared = sharedTenants.includes(tenantSegment.toLowerCase())
  if (isShared && form.has('grant_type') && form.get('grant_type') !== 'client_credentials') return undefined
  const tenant = findTenant(world, tenantSegment, [cloud])
  if (tenant === undefined) return refuseTenant(world, tenantSegment)
  exchange.tenant = tenant
  return undefined
}

function checkGrant(exchange: Exchange): Refusal | undefined {
  const grant = exchange.form.get('grant_type')
  if (grant === undefined) return refuse(900144, { name: 'grant_type' })
  return GRANTS.has(grant) ? undefined : refuse(70003, { grant })
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

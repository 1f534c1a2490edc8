import type { EntraApp, Tenant } from '../config.ts'
import { found } from './exchange.ts'
import type { Check, Exchange } from './exchange.ts'
import { refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'
import { clientChecks } from './client-checks.ts'
import { given } from './request-checks.ts'
import { tenantsForPeople } from './shared-tenant.ts'
import { refuseTenant } from './tenants.ts'

/** Before these are right nobody is sent anywhere: the refusal is a page. */
export const pageChecks: readonly Check[] = [
  {
    name: 'no duplicated parameter',
    run: ({ duplicated: [name] }) => (name === undefined ? undefined : refuse(9000411, { name })),
  },
  given('client_id'),
  { name: 'tenant', shows: (exchange) => exchange.tenantSegment, run: findFirstTenant },
  ...clientChecks,
  given('redirect_uri'),
  { name: 'redirect_uri', run: checkRedirect },
]

/** Refused by sending the browser back with `error`. PKCE is stricter here than at Entra, which asks it of single-page apps only. */
export const redirectChecks: readonly Check[] = [
  given('response_type'),
  {
    name: 'response_type',
    run: ({ form }) => {
      const responseType = form.get('response_type') ?? ''
      return responseType === 'code' ? undefined : refuse(700054, { responseType })
    },
  },
  { name: 'response_mode', run: checkMode },
  given('scope'),
  { name: 'code_challenge given', run: ({ form }) => (form.has('code_challenge') ? undefined : refuse(9002325)) },
  { name: 'code_challenge is of S256', run: checkChallenge },
]

function findFirstTenant(exchange: Exchange): Refusal | undefined {
  const tenants = tenantsForPeople(exchange, exchange.form.get('client_id') ?? '')
  if (tenants === 'single') return refuseSingleTenant(exchange)
  const [first] = tenants ?? []
  if (first === undefined) return refuseTenant(exchange.world, exchange.tenantSegment)
  exchange.tenant = tenants?.find((tenant) => hasHint(tenant, exchange.form.get('login_hint'))) ?? first
  return undefined
}

function hasHint(tenant: Tenant, hint: string | undefined): boolean {
  return hint !== undefined && tenant.users?.some(({ upn }) => upn.toLowerCase() === hint.toLowerCase()) === true
}

/** A client of one tenant at a path for all. */
export function refuseSingleTenant({ world, form }: Exchange): Refusal {
  const client = form.get('client_id') ?? ''
  const app = world.config.tenants.flatMap(({ apps }) => apps).find(({ clientId }) => clientId === client)
  return refuse(50194, { client, name: app?.displayName ?? '' })
}

function checkRedirect(exchange: Exchange): Refusal | undefined {
  const redirectUri = exchange.form.get('redirect_uri') ?? ''
  const { app } = found(exchange.registration)
  return isRegistered(app, redirectUri) ? undefined : refuse(50011, { redirectUri, client: app.clientId })
}

/** Exact, but for the port of plain HTTP on loopback (Microsoft's reply-URL rules, RFC 8252 §7.3). */
function isRegistered(app: EntraApp, uri: string): boolean {
  return (
    app.redirectUris?.some((registered) => registered === uri || withoutPort(registered) === withoutPort(uri)) === true
  )
}

function withoutPort(uri: string): string {
  return uri.replace(/^(http:\/\/(?:localhost|127\.0\.0\.1)):\d+(?=[/?#]|$)/, '$1')
}

function checkMode({ form }: Exchange): Refusal | undefined {
  const responseMode = form.get('response_mode') ?? 'query'
  return ['query', 'fragment', 'form_post'].includes(responseMode) ? undefined : refuse(70007, { responseMode })
}

/** RFC 7636 §4.2; `plain`, also by default, is not taken. */
function checkChallenge({ form }: Exchange): Refusal | undefined {
  const isS256 = form.get('code_challenge_method') === 'S256'
  return isS256 && /^[A-Za-z0-9_-]{43}$/.test(form.get('code_challenge') ?? '') ? undefined : refuse(501491)
}

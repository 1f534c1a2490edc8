import { answerJson, requestIds, tokenHeaders } from './answers.ts'
import { answerAuthorize } from './authorize.ts'
import { refuseSingleTenant } from './authorize-checks.ts'
import { answerRefused, beginExchange, isReading, journal, notFound, tooLarge } from './call.ts'
import type { Call } from './call.ts'
import { runChecks } from './checks.ts'
import { clientChecks } from './client-checks.ts'
import { startDeviceFlow } from './device-code.ts'
import { answerDeviceLogin } from './device-login.ts'
import type { Check } from './exchange.ts'
import { parseForm, readForm } from './read-form.ts'
import { refuse } from './refusals.ts'
import { given } from './request-checks.ts'
import { tenantsForPeople } from './shared-tenant.ts'
import { refuseTenant } from './tenants.ts'

/** `/oauth2/v2.0/authorize`: the page where a person signs in. */
export async function answerAuthorizeRequest(call: Call): Promise<void> {
  const query = parseForm((call.request.url ?? '').replace(/^[^?]*\??/s, ''))
  const exchange = beginExchange(call, query)
  if (exchange === undefined || !isReading(call.request)) return notFound(call)
  const { refusal, told } = await answerAuthorize(exchange, call.response)
  journal(call, {
    operation: 'authorize',
    status: call.response.statusCode,
    checks: told,
    ...(refusal === undefined ? {} : { refused: `AADSTS${refusal.code}` }),
  })
}

/** `/oauth2/v2.0/devicecode`: the start of a device flow. */
export async function answerDeviceCodeRequest(call: Call): Promise<void> {
  const form = await readForm(call.request)
  if (form === undefined) return tooLarge(call, 'devicecode')
  const exchange = beginExchange(call, form)
  if (exchange === undefined) return notFound(call)
  const { refusal, told } = await runChecks(exchange, deviceCodeChecks)
  if (refusal !== undefined) {
    return answerRefused(call, refusal, { operation: 'devicecode', form: form.fields, checks: told })
  }
  const tenants = tenantsForPeople(exchange, exchange.form.get('client_id') ?? '')
  const body = startDeviceFlow(exchange, typeof tenants === 'object' ? tenants : [])
  journal(call, { operation: 'devicecode', status: 200, checks: told })
  answerJson(call.response, { status: 200, body, headers: tokenHeaders(requestIds(call.request, form.fields), 0) })
}

const deviceCodeChecks: readonly Check[] = [
  { name: 'method', run: ({ method }) => (method === 'POST' ? undefined : refuse(900561, { method })) },
  {
    name: 'no duplicated parameter',
    run: ({ duplicated: [name] }) => (name === undefined ? undefined : refuse(9000411, { name })),
  },
  given('client_id'),
  given('scope'),
  {
    name: 'tenant',
    run: (exchange) => {
      const tenants = tenantsForPeople(exchange, exchange.form.get('client_id') ?? '')
      if (tenants === 'single') return refuseSingleTenant(exchange)
      const [first] = tenants ?? []
      if (first === undefined) return refuseTenant(exchange.world, exchange.tenantSegment)
      exchange.tenant = first
      return undefined
    },
  },
  ...clientChecks,
]

/** The page where a person answers a device code. */
export async function answerDeviceLoginRequest(call: Call): Promise<void> {
  const isPost = call.request.method === 'POST'
  if (!isPost && !isReading(call.request)) return notFound(call)
  const form = isPost ? await readForm(call.request) : undefined
  if (isPost && form === undefined) return tooLarge(call, 'devicelogin')
  const failure = answerDeviceLogin(call.world, call.response, form?.fields)
  journal(call, {
    operation: 'devicelogin',
    status: call.response.statusCode,
    ...(failure === undefined ? {} : { refused: failure }),
  })
}

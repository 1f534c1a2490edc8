import { answerJson } from './answers.ts'
import { answerRefused, isReading, journal, notFound, pathOf } from './call.ts'
import type { Call } from './call.ts'
import { cloudOf, cloudsPublishedAt } from './clouds.ts'
import { instanceDiscovery, jwks, openIdConfiguration } from './discovery.ts'
import { refuse } from './refusals.ts'
import { findTenant, refuseTenant, sharedTenants } from './tenants.ts'

/** OpenID configuration and keys, of one tenant or shared. */
export function answerDiscovery(call: Call): void {
  const { world, response, segment, version, host } = call
  const isKeys = pathOf(call.request).endsWith('/keys')
  const operation = isKeys ? 'keys' : 'discovery'
  const among = cloudsPublishedAt(host)
  const tenant = findTenant(world, segment, among)
  const isShared = sharedTenants.includes(segment.toLowerCase())
  const cloud = tenant === undefined ? among[0] : cloudOf(tenant)
  if (!isReading(call.request)) return notFound(call)
  if (cloud === undefined || (tenant === undefined && !isShared)) {
    // [K] assumption: that a tenant of another cloud is unknown here; 900382 is for confidential clients only.
    const refusal = refuseTenant(world, segment)
    return answerRefused(call, refusal.code === 900382 ? refuse(90002, { tenant: segment }) : refusal, { operation })
  }
  const tenants = world.config.tenants.filter((one) => (tenant === undefined ? cloudOf(one) === cloud : one === tenant))
  journal(call, { operation, status: 200 })
  const body = isKeys
    ? jwks(world, { tenants, cloud, version })
    : openIdConfiguration({ cloud, segment, version, ...(tenant === undefined ? {} : { tenant }) })
  answerJson(response, { status: 200, body, headers: { 'cache-control': 'max-age=86400, private' } })
}

/** Which authority hosts there are, for clients that do not know the one that they were given. */
export function answerInstance(call: Call): void {
  if (!isReading(call.request)) return notFound(call)
  const query = new URL(call.request.url ?? '/', `https://${call.host}`).searchParams
  const body = instanceDiscovery(query.get('authorization_endpoint'))
  const operation = 'instance discovery'
  if (body === undefined) return answerRefused(call, refuse(50049), { operation })
  journal(call, { operation, status: 200 })
  answerJson(call.response, { status: 200, body })
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { issueAccessToken } from './access-token.ts'
import { answerJson, answerRefusal, answerToken, requestIds } from './answers.ts'
import { runChecks } from './checks.ts'
import { cloudOf, cloudOfAuthority, cloudsPublishedAt, entraHosts } from './clouds.ts'
import { instanceDiscovery, jwks, openIdConfiguration } from './discovery.ts'
import { found } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { readForm } from './read-form.ts'
import { refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'
import { findTenant, refuseTenant, sharedTenants } from './tenants.ts'

type Call = {
  readonly world: World
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly host: string
  /** Path segment that names the tenant, decoded. */
  readonly segment: string
  readonly version: 1 | 2
}

type Route = { readonly path: RegExp; readonly operation: string; answer(call: Call): Promise<void> | void }

/** The endpoints. `common/discovery/instance` comes first, as `common` would be a tenant to the others. */
const routes: readonly Route[] = [
  { path: /^\/(common)\/discovery\/instance$/, operation: 'instance discovery', answer: answerInstance },
  { path: /^\/([^/]+)\/oauth2(\/v2\.0)?\/token$/, operation: 'token', answer: answerTokenRequest },
  {
    path: /^\/([^/]+)(\/v2\.0)?\/\.well-known\/openid-configuration$/,
    operation: 'discovery',
    answer: answerDiscovery,
  },
  { path: /^\/([^/]+)\/discovery(\/v2\.0)?\/keys$/, operation: 'keys', answer: answerDiscovery },
]

/** Microsoft Entra: token endpoints v1 and v2 for federated client assertions, discovery and keys, in all national clouds. */
export function createEntra(world: World): StandIn {
  return {
    name: 'entra',
    owns: (host) => entraHosts.has(host),
    handle: async (request, response, host) => {
      const path = pathOf(request)
      for (const route of routes) {
        const match = route.path.exec(path)
        const segment = decode(match?.[1])
        if (segment === undefined) continue
        return route.answer({ world, request, response, host, segment, version: match?.[2] === undefined ? 1 : 2 })
      }
      journal({ world, request, host }, { status: 404 })
      response.writeHead(404).end()
    },
  }
}

async function answerTokenRequest(call: Call): Promise<void> {
  const { world, request, response, host } = call
  const cloud = cloudOfAuthority(host)
  if (cloud === undefined) return notFound(call)
  const form = await readForm(request)
  if (form === undefined) {
    journal(call, { operation: 'token', status: 413 })
    return void response.writeHead(413, { connection: 'close' }).end()
  }
  const fault = world.faults?.of(request)
  const exchange: Exchange = {
    world,
    cloud,
    version: call.version,
    method: request.method ?? '',
    tenantSegment: call.segment,
    form: form.fields,
    duplicated: form.duplicated,
    propagation: fault?.kind === 'propagation' ? (fault.code ?? 700213) : undefined,
  }
  const { refusal, told } = await runChecks(exchange)
  const ids = requestIds(request, form.fields)
  if (refusal !== undefined) return answerRefused(call, refusal, { operation: 'token', ids, checks: told })
  journal(call, { operation: 'token', status: 200, checks: told })
  answerToken(response, issueAccessToken(exchange), {
    version: call.version,
    resource: found(exchange.resource).requestedAs,
    ids,
  })
}

/** OpenID configuration and keys, of one tenant or shared. */
function answerDiscovery(call: Call): void {
  const { world, response, segment, version, host } = call
  const isKeys = pathOf(call.request).endsWith('/keys')
  const operation = isKeys ? 'keys' : 'discovery'
  const among = cloudsPublishedAt(host)
  const tenant = findTenant(world, segment, among)
  const isShared = sharedTenants.includes(segment.toLowerCase())
  const cloud = tenant === undefined ? among[0] : cloudOf(tenant)
  if (!isReading(call.request)) return notFound(call)
  if (cloud === undefined || (tenant === undefined && !isShared)) {
    return answerRefused(call, refuseTenant(segment), { operation, ids: requestIds(call.request, new Map()) })
  }
  const tenants = world.config.tenants.filter((one) => (tenant === undefined ? cloudOf(one) === cloud : one === tenant))
  journal(call, { operation, status: 200 })
  const body = isKeys
    ? jwks(world, { tenants, cloud, version })
    : openIdConfiguration({ cloud, segment, version, ...(tenant === undefined ? {} : { tenant }) })
  answerJson(response, { status: 200, body, headers: { 'cache-control': 'max-age=86400, private' } })
}

function answerInstance(call: Call): void {
  if (!isReading(call.request)) return notFound(call)
  const query = new URL(call.request.url ?? '/', `https://${call.host}`).searchParams
  const body = instanceDiscovery(query.get('authorization_endpoint'))
  const operation = 'instance discovery'
  if (body === undefined) {
    return answerRefused(call, refuse(50049), { operation, ids: requestIds(call.request, new Map()) })
  }
  journal(call, { operation, status: 200 })
  answerJson(call.response, { status: 200, body })
}

function answerRefused(
  call: Call,
  refusal: Refusal,
  detail: { operation: string; ids: ReturnType<typeof requestIds>; checks?: readonly string[] },
): void {
  answerRefusal(call.response, refusal, { world: call.world, host: call.host, ids: detail.ids })
  const { operation, checks } = detail
  journal(call, {
    operation,
    status: call.response.statusCode,
    refused: `AADSTS${refusal.code}`,
    ...(checks === undefined ? {} : { checks }),
  })
}

/** [K] assumption: how the vendor answers for paths that it does not have. */
function notFound(call: Call): void {
  journal(call, { status: 404 })
  call.response.writeHead(404).end()
}

function journal(
  call: Pick<Call, 'world' | 'request' | 'host'>,
  entry: { operation?: string; status: number; refused?: string; checks?: readonly string[] },
): void {
  const userAgent = call.request.headers['user-agent']
  call.world.journal.write({
    standIn: 'entra',
    host: call.host,
    method: call.request.method ?? '',
    path: pathOf(call.request),
    ...entry,
    ...(userAgent === undefined ? {} : { userAgent }),
  })
}

function isReading(request: IncomingMessage): boolean {
  return request.method === 'GET' || request.method === 'HEAD'
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').replace(/\?.*$/s, '')
}

function decode(segment: string | undefined): string | undefined {
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

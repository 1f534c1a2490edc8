import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { verifyEntraToken } from '../entra/verify.ts'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { authorizeAcr, authorizeAcrMount } from './acr-access.ts'
import { findAcrEndpoint } from './acr-hosts.ts'
import type { AcrEndpoint } from './acr-hosts.ts'
import { checkLocks } from './acr-locks.ts'
import { exchangeToken, issueAccessToken } from './acr-oauth.ts'
import type { OauthCall, OauthOutcome, VerifyEntraToken } from './acr-oauth.ts'
import { refuseOauth } from './acr-refusal.ts'
import { deliverChanges, replicaOf, replicate } from './acr-replicas.ts'
import { acrStateOf } from './acr-state.ts'
import { throttle } from './acr-throttle.ts'
import { sendAnswer } from './answer.ts'
import type { Answer } from './answer.ts'
import { sasUrl } from './blob-links.ts'
import { serveDistribution } from './distribution.ts'
import { STANDARD_FLAVOR, uploadPath } from './flavor.ts'
import type { Call, Flavor } from './flavor.ts'
import { RegistryRefusal } from './refusal.ts'
import type { Upload } from './repository.ts'

/** What may be changed of the registry. */
export type AcrRegistryOptions = { readonly verifyEntraToken?: VerifyEntraToken }

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse; readonly host: string }

const STAND_IN = 'acr'

/** A method that an endpoint does not have gets 404, as if the path were not there (protocols.md section 7). */
const OAUTH: Readonly<Record<string, (call: OauthCall) => Promise<OauthOutcome>>> = {
  'POST /oauth2/exchange': exchangeToken,
  'POST /oauth2/token': issueAccessToken,
  'GET /oauth2/token': issueAccessToken,
}

/** The configured Azure container registries, each under its login server and those of its replicas. */
export const createAcrRegistry = (world: World, options: AcrRegistryOptions = {}): StandIn => {
  const endpointOf = (host: string) => findAcrEndpoint(world, host)
  const flavor = acrFlavor(world, endpointOf)
  // What a platform team wrote down is a secret like any that was handed out.
  for (const { scopeMapTokens = [] } of world.config.acrRegistries)
    for (const password of scopeMapTokens.flatMap(({ passwords }) => passwords)) world.minted.add(password)
  return {
    name: STAND_IN,
    owns: (host) => endpointOf(host) !== undefined,
    handle: async (request, response, host) => {
      const endpoint = endpointOf(host)
      const exchange = { request, response, host }
      if (endpoint !== undefined) deliverChanges(world, endpoint)
      if (endpoint === undefined || request.url?.startsWith('/oauth2/') !== true) {
        return serveDistribution(world, flavor, exchange)
      }
      const verify = options.verifyEntraToken ?? verifyEntraToken
      await serveOauth({ world, endpoint, verifyEntraToken: verify }, exchange)
    },
  }
}

const serveOauth = async (
  known: Pick<OauthCall, 'world' | 'endpoint' | 'verifyEntraToken'>,
  { request, response, host }: Exchange,
): Promise<void> => {
  const url = new URL(request.url ?? '/', `https://${host}`)
  const method = request.method ?? ''
  const correlationId = randomUUID()
  const checks: string[] = []
  const answer =
    throttledAnswer(known) ??
    oauthAnswer(await OAUTH[`${method} ${url.pathname}`]?.({ ...known, request, url, checks }), correlationId)
  const userAgent = request.headers['user-agent']
  known.world.journal.write({
    standIn: STAND_IN,
    host,
    method,
    path: url.pathname,
    status: answer.status,
    operation: `${method} ${url.pathname.slice('/oauth2/'.length)}`,
    ...(checks.length > 0 ? { checks } : {}),
    ...(answer.refused === undefined ? {} : { refused: answer.refused }),
    ...(userAgent === undefined ? {} : { userAgent }),
  })
  const headers = { 'X-Ms-Correlation-Request-Id': correlationId, ...answer.headers }
  await sendAnswer(request, response, { ...answer, headers })
}

// [K] assumption: requests for tokens are counted before they are read, for all callers together.
const throttledAnswer = ({ world, endpoint }: Pick<OauthCall, 'world' | 'endpoint'>): Answer | undefined => {
  try {
    throttle(world, endpoint, { kind: 'tokens' })
    return undefined
  } catch (error) {
    if (error instanceof RegistryRefusal) return error.answer
    throw error
  }
}

const oauthAnswer = (outcome: OauthOutcome | undefined, correlationId: string): Answer => {
  if (outcome === undefined) {
    return {
      status: 404,
      headers: { 'Content-Type': 'text/plain; charset=utf-8' },
      body: '404 page not found\n',
      refused: 'NOT_FOUND',
    }
  }
  if (typeof outcome === 'number') return refuseOauth(outcome, correlationId)
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' }
  return { status: 200, headers, body: JSON.stringify(outcome) }
}

const acrFlavor = (world: World, endpointOf: (host: string) => AcrEndpoint | undefined): Flavor => ({
  ...STANDARD_FLAVOR,
  standIn: STAND_IN,
  takesSinglePost: false,
  // [K] assumption: the spec of 2026 is not there yet.
  tagsByQuery: false,
  mountsAnonymously: false,
  authorize: authorizeAcr(endpointOf),
  authorizeMount: authorizeAcrMount(endpointOf),
  referrers: ({ host }) => endpointOf(host)?.registry.customerManagedKey !== true,
  contentOf: (host) => withEndpoint(endpointOf(host), (endpoint) => replicaOf(world, endpoint)) ?? host,
  guard: (call) =>
    withEndpoint(endpointOf(call.host), ({ registry }) => checkLocks(call, acrStateOf(world, registry).locks)),
  done: (call, answer) => withEndpoint(endpointOf(call.host), (endpoint) => replicate(call, endpoint, answer)),
  uploadLocation: (_call, upload) => `${uploadPath(upload)}?${uploadQuery(upload).toString()}`,
  knowsUploadQuery: (call, upload) => keptQuery(call, upload),
  blobLink: (call, blob) => withEndpoint(endpointOf(call.host), (endpoint) => sasUrl(call, endpoint, blob)) ?? '',
  headers: () => ({ 'X-Ms-Correlation-Request-Id': randomUUID() }),
})

const withEndpoint = <T>(endpoint: AcrEndpoint | undefined, use: (endpoint: AcrEndpoint) => T): T | undefined =>
  endpoint === undefined ? undefined : use(endpoint)

// Ends in `=`, as base64 does: a client that splits the query by hand loses it.
const uploadQuery = (upload: Upload): URLSearchParams =>
  new URLSearchParams({
    _nouploadcache: 'false',
    _state: `${Buffer.from(upload.state).toString('base64url')}==`,
  })

const keptQuery = (call: Call, upload: Upload): boolean =>
  [...uploadQuery(upload)].every(([name, value]) => call.url.searchParams.get(name) === value)

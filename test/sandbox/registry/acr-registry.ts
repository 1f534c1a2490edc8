import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AcrRegistry } from '../config.ts'
import { verifyEntraToken } from '../entra/verify.ts'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { authorizeAcr, authorizeAcrMount } from './acr-access.ts'
import { exchangeToken, issueAccessToken } from './acr-oauth.ts'
import type { OauthCall, OauthOutcome, VerifyEntraToken } from './acr-oauth.ts'
import { refuseOauth } from './acr-refusal.ts'
import { sendAnswer } from './answer.ts'
import type { Answer } from './answer.ts'
import { sasUrl } from './blob-links.ts'
import { serveDistribution } from './distribution.ts'
import { STANDARD_FLAVOR, uploadPath } from './flavor.ts'
import type { Call, Flavor } from './flavor.ts'
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

/** The configured Azure container registries, each under its login server. */
export const createAcrRegistry = (world: World, options: AcrRegistryOptions = {}): StandIn => {
  const registryOf = (host: string) => world.config.acrRegistries.find(({ loginServer }) => loginServer === host)
  const flavor = acrFlavor(registryOf)
  return {
    name: STAND_IN,
    owns: (host) => registryOf(host) !== undefined,
    handle: async (request, response, host) => {
      const registry = registryOf(host)
      const exchange = { request, response, host }
      if (registry === undefined || request.url?.startsWith('/oauth2/') !== true) {
        return serveDistribution(world, flavor, exchange)
      }
      const verify = options.verifyEntraToken ?? verifyEntraToken
      await serveOauth({ world, registry, verifyEntraToken: verify }, exchange)
    },
  }
}

const serveOauth = async (
  known: Pick<OauthCall, 'world' | 'registry' | 'verifyEntraToken'>,
  { request, response, host }: Exchange,
): Promise<void> => {
  const url = new URL(request.url ?? '/', `https://${host}`)
  const method = request.method ?? ''
  const correlationId = randomUUID()
  const checks: string[] = []
  const endpoint = OAUTH[`${method} ${url.pathname}`]
  const outcome = await endpoint?.({ ...known, request, url, checks })
  const answer = oauthAnswer(outcome, correlationId)
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

const acrFlavor = (registryOf: (host: string) => AcrRegistry | undefined): Flavor => ({
  ...STANDARD_FLAVOR,
  standIn: STAND_IN,
  takesSinglePost: false,
  // [K] assumption: the spec of 2026 is not there yet.
  tagsByQuery: false,
  authorize: authorizeAcr(registryOf),
  authorizeMount: authorizeAcrMount(registryOf),
  uploadLocation: (_call, upload) => `${uploadPath(upload)}?${uploadQuery(upload).toString()}`,
  knowsUploadQuery: (call, upload) => keptQuery(call, upload),
  blobLink: (call, blob) => sasUrl(call, blob),
  headers: () => ({ 'X-Ms-Correlation-Request-Id': randomUUID() }),
})

// Ends in `=`, as base64 does: a client that splits the query by hand loses it.
const uploadQuery = (upload: Upload): URLSearchParams =>
  new URLSearchParams({
    _nouploadcache: 'false',
    _state: `${Buffer.from(upload.state).toString('base64url')}==`,
  })

const keptQuery = (call: Call, upload: Upload): boolean =>
  [...uploadQuery(upload)].every(([name, value]) => call.url.searchParams.get(name) === value)

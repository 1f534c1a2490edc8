import type { IncomingMessage, ServerResponse } from 'node:http'
import type { World } from '../world.ts'
import { sendAnswer } from './answer.ts'
import type { Answer } from './answer.ts'
import { deleteBlob, getBlob, headBlob } from './blobs.ts'
import type { Call, Flavor } from './flavor.ts'
import { listCatalog, listReferrers, listTags } from './listings.ts'
import { requireName } from './lookups.ts'
import { deleteManifest, getManifest, putManifest } from './manifests.ts'
import { refusal, RegistryRefusal } from './refusal.ts'
import { parseRoute } from './routes.ts'
import type { RouteKind } from './routes.ts'
import { openHost, openRegistries } from './state.ts'
import { deleteUpload, getUpload, patchUpload, postUpload, putUpload } from './uploads.ts'

type Handler = (call: Call) => Promise<Answer>

const getBase: Handler = async () => ({
  status: 200,
  headers: { 'Content-Type': 'application/json; charset=utf-8' },
  body: '{}',
})

/** The whole API: spec.md "Endpoints". */
const HANDLERS: Readonly<Record<RouteKind, Readonly<Record<string, Handler>>>> = {
  base: { GET: getBase, HEAD: getBase },
  none: {},
  catalog: { GET: listCatalog },
  uploads: { POST: postUpload },
  upload: { GET: getUpload, PATCH: patchUpload, PUT: putUpload, DELETE: deleteUpload },
  blob: { GET: getBlob, HEAD: headBlob, DELETE: deleteBlob },
  manifest: { GET: getManifest, HEAD: getManifest, PUT: putManifest, DELETE: deleteManifest },
  tags: { GET: listTags },
  referrers: { GET: listReferrers },
}

const NOT_FOUND: Answer = {
  status: 404,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body: '404 page not found\n',
  refused: 'NOT_FOUND',
}

/** The number that proxies log for a client that went away; the answer is never sent. */
const CLIENT_WENT_AWAY = 499

/** One request to a registry of this flavor: checked, done, journaled, answered. Rejects only for bugs of its own. */
export const serveDistribution = async (
  world: World,
  flavor: Flavor,
  exchange: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly host: string },
): Promise<void> => {
  const { request, response, host } = exchange
  const call = callOf(world, flavor, exchange)
  try {
    const answer = await answerTo(call)
    writeEntry(call, answer)
    const headers = {
      'Docker-Distribution-Api-Version': 'registry/2.0',
      ...flavor.headers?.({ host }),
      ...answer.headers,
    }
    await sendAnswer(request, response, { ...answer, headers })
  } catch (error) {
    if (!isGone(request)) throw error
    // A download that broke off is in the journal already, with the answer that was begun.
    if (!response.headersSent) writeEntry(call, { status: CLIENT_WENT_AWAY, refused: 'CLIENT_WENT_AWAY' })
  }
}

const isGone = (request: IncomingMessage): boolean => request.socket.destroyed || request.errored !== null

const answerTo = async (call: Call): Promise<Answer> => {
  try {
    const handler = handlerOf(call)
    await call.flavor.authorize(call)
    if (call.route.name !== '') requireName(call)
    call.flavor.guard?.(call)
    const answer = await handler(call)
    call.flavor.done?.(call, answer)
    return answer
  } catch (error) {
    if (error instanceof RegistryRefusal) return error.answer
    throw error
  }
}

const handlerOf = (call: Call): Handler => {
  const { flavor, method, route } = call
  if (route.kind === 'none' || (route.kind === 'catalog' && !flavor.listsCatalog)) throw new RegistryRefusal(NOT_FOUND)
  const known = HANDLERS[route.kind]
  const off = method === 'DELETE' && !deletes(flavor, route.kind)
  const handler = known[method]
  if (handler !== undefined && !off) return handler
  throw refusal('UNSUPPORTED', { headers: { Allow: Object.keys(known).join(', ') } })
}

const deletes = (flavor: Flavor, kind: RouteKind): boolean => {
  if (kind === 'manifest') return flavor.deletesManifests
  return kind === 'blob' ? flavor.deletesBlobs : flavor.cancelsUploads
}

const callOf = (
  world: World,
  flavor: Flavor,
  exchange: { readonly request: IncomingMessage; readonly host: string },
): Call => {
  const { request, host } = exchange
  const url = new URL(request.url ?? '/', `https://${host}`)
  return {
    world,
    flavor,
    host,
    request,
    url,
    method: request.method ?? '',
    route: parseRoute(url.pathname),
    registry: openHost(world, flavor.contentOf?.(host) ?? host),
    store: openRegistries(world).store,
    checks: [],
  }
}

const writeEntry = (call: Call, { status, refused }: Answer): void => {
  const userAgent = call.request.headers['user-agent']
  call.world.journal.write({
    standIn: call.flavor.standIn,
    host: call.host,
    method: call.method,
    path: call.url.pathname,
    status,
    operation: `${call.method} ${call.route.kind}`,
    ...(call.checks.length > 0 ? { checks: call.checks } : {}),
    ...(refused === undefined ? {} : { refused }),
    ...(userAgent === undefined ? {} : { userAgent }),
  })
}

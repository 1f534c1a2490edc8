import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { sendAnswer } from './answer.ts'
import type { Answer } from './answer.ts'
import { publicLayerUrl } from './blob-links.ts'
import { serveDistribution } from './distribution.ts'
import { authorizeEcrPublic, ownerOf } from './ecr-public-access.ts'
import { ECR_PUBLIC_HOST, ECR_PUBLIC_HOSTS, issueBearer } from './ecr-public-tokens.ts'
import { CHUNK_TOO_SMALL, nameUnknown } from './ecr-texts.ts'
import { STANDARD_FLAVOR, uploadPath } from './flavor.ts'
import type { Flavor } from './flavor.ts'
import { RegistryRefusal } from './refusal.ts'

const STAND_IN = 'ecr-public'
/** [K] assumption: uploads behave as in private registries. */
const SMALLEST_CHUNK = 5 * 1024 * 1024

/** ECR Public: everybody pulls, the owner of an alias pushes under it. */
export const createEcrPublic = (world: World): StandIn => {
  const flavor = publicFlavor(world)
  return {
    name: STAND_IN,
    owns: (host) => ECR_PUBLIC_HOSTS.includes(host),
    handle: (request, response, host) =>
      /^\/token\/?(\?|$)/.test(request.url ?? '')
        ? serveToken(world, { request, response, host })
        : serveDistribution(world, flavor, { request, response, host }),
  }
}

const publicFlavor = (world: World): Flavor => ({
  ...STANDARD_FLAVOR,
  standIn: STAND_IN,
  takesSinglePost: false,
  patchStatus: 201,
  reportsStaleRange: world.config.registryQuirks?.ecrStaleRange ?? true,
  smallestChunk: SMALLEST_CHUNK,
  failsEmptyClosingPut: world.config.registryQuirks?.ecrFailsEmptyClosingPut ?? true,
  // [K] assumption: what private registries have not by default, the public one has not at all.
  mounts: false,
  mountsAnonymously: false,
  deletesManifests: false,
  deletesBlobs: false,
  cancelsUploads: false,
  tagsByQuery: false,
  listsCatalog: false,
  repositories: (_host, name) => ownerOf(world, name)?.hasRepository === true,
  contentOf: () => ECR_PUBLIC_HOST,
  authorize: authorizeEcrPublic,
  uploadLocation: (call, upload) => `https://${call.host}${uploadPath(upload)}`,
  locationOf: (call, path) => `https://${call.host}${path}`,
  blobLink: (call, blob) => publicLayerUrl(call.world, blob),
  headers: () => ({ 'X-Amzn-Requestid': randomUUID() }),
  texts: {
    nameUnknown: ({ route }) => nameUnknown(route.name, ownerOf(world, route.name)?.account.id ?? ''),
    chunkTooSmall: CHUNK_TOO_SMALL,
  },
})

const serveToken = async (
  world: World,
  {
    request,
    response,
    host,
  }: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly host: string },
): Promise<void> => {
  const checks: string[] = []
  const answer = tokenAnswer(world, request, checks)
  world.journal.write({
    standIn: STAND_IN,
    host,
    method: request.method ?? '',
    path: '/token/',
    status: answer.status,
    operation: `${request.method ?? ''} token`,
    checks,
    ...(answer.refused === undefined ? {} : { refused: answer.refused }),
    ...(request.headers['user-agent'] === undefined ? {} : { userAgent: request.headers['user-agent'] }),
  })
  await sendAnswer(request, response, answer)
}

const tokenAnswer = (world: World, request: IncomingMessage, checks: string[]): Answer => {
  try {
    const token = issueBearer(world, request, checks)
    const headers = { 'Content-Type': 'application/json; charset=utf-8', 'X-Amzn-Requestid': randomUUID() }
    return { status: 200, headers, body: JSON.stringify({ token }) }
  } catch (error) {
    if (error instanceof RegistryRefusal) return error.answer
    throw error
  }
}

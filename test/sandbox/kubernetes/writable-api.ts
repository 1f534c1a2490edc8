import type { IncomingMessage } from 'node:http'
import { isObject } from '../../../steps/lib/core/strict-json.ts'
import { startClusterServer } from '../cluster-server.ts'
import type { World } from '../world.ts'
import { accountOf } from './pod-token.ts'
import { failure, type ApiAnswer } from './status.ts'

/** What somebody may do, as a Role and its binding say together. */
export type Grant = {
  /** `system:serviceaccount:NS:NAME`, or the name of a person. */
  readonly user: string
  readonly namespace: string
  readonly verbs: readonly ('get' | 'patch')[]
  readonly resource: string
  /** Only objects of these names. */
  readonly names?: readonly string[]
}

type KubernetesObject = Readonly<Record<string, unknown>>

/** The API server of the pod's own cluster, on loopback: objects by their paths, RBAC, and nothing that is not written here. */
export type WritableApi = AsyncDisposable & {
  readonly port: number
  readonly caPem: string
  /** Objects by path, such as `/api/v1/namespaces/ci/pods/x`. */
  readonly objects: Map<string, KubernetesObject>
  readonly grants: Grant[]
  /** Bearer tokens of people → their names. */
  readonly people: Map<string, string>
  /** What it was asked: `GET /api/v1/… 200 as system:serviceaccount:ci:builder`. */
  readonly asked: string[]
  /** Statuses that the next requests get in the place of answers. */
  readonly failures: number[]
}

type Target = { readonly namespace: string; readonly resource: string; readonly name: string; readonly group: string }

/** Starts one that takes projected tokens of the sandbox's issuers. Its certificate has the one name that all API servers have. */
export async function startWritableApi(world: World): Promise<WritableApi> {
  const state = {
    objects: new Map<string, KubernetesObject>(),
    grants: [] as Grant[],
    people: new Map<string, string>(),
    asked: [] as string[],
    failures: [] as number[],
  }
  const server = await startClusterServer('kubernetes.default.svc', (request, response) => {
    void answerTo(world, state, request).then(({ status, body }) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    )
  })
  return {
    ...state,
    port: server.port,
    caPem: server.caPem,
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  }
}

type State = Pick<WritableApi, 'objects' | 'grants' | 'people' | 'asked' | 'failures'>

async function answerTo(world: World, state: State, request: IncomingMessage): Promise<ApiAnswer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const [, token = ''] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? []
  const user = state.people.get(token) ?? accountOf(world, token)
  const answer = decide(state, { request, user, sent: Buffer.concat(chunks).toString('utf8') })
  state.asked.push(`${request.method} ${request.url} ${answer.status} as ${user ?? 'nobody'}`)
  return answer
}

type Call = { readonly request: IncomingMessage; readonly user: string | undefined; readonly sent: string }

function decide(state: State, { request, user, sent }: Call): ApiAnswer {
  const { method = '', url = '' } = request
  const fault = state.failures.shift()
  if (fault !== undefined) return failure(fault, 'InternalError', 'the sandbox was told to fail')
  if (user === undefined) return failure(401, 'Unauthorized', 'Unauthorized')
  const target = targetOf(url)
  const verb = { GET: 'get', PATCH: 'patch' }[method]
  if (target === undefined) return failure(404, 'NotFound', 'the server could not find the requested resource')
  if (!isGranted(state.grants, { ...target, user, verb })) {
    const { resource, name, group, namespace } = target
    const what = `cannot ${verb ?? method.toLowerCase()} resource "${resource}" in API group "${group}" in the namespace "${namespace}"`
    return failure(403, 'Forbidden', `${resource} "${name}" is forbidden: User "${user}" ${what}`)
  }
  const found = state.objects.get(url)
  if (found === undefined) return failure(404, 'NotFound', `${target.resource} "${target.name}" not found`)
  if (verb === 'get') return { status: 200, body: found }
  if (request.headers['content-type'] !== 'application/merge-patch+json')
    return failure(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format')
  const patched = merge(found, JSON.parse(sent))
  state.objects.set(url, patched)
  return { status: 200, body: patched }
}

function targetOf(url: string): Target | undefined {
  const [, group = '', namespace, resource, name] =
    /^\/(?:api|apis\/([^/]+))\/v1\/namespaces\/([^/?]+)\/([^/?]+)\/([^/?]+)$/.exec(url) ?? []
  return namespace === undefined || resource === undefined || name === undefined
    ? undefined
    : { group, namespace, resource, name }
}

function isGranted(grants: readonly Grant[], wanted: Target & { user: string; verb: string | undefined }): boolean {
  return grants.some(
    ({ user, namespace, verbs, resource, names }) =>
      user === wanted.user &&
      namespace === wanted.namespace &&
      resource === wanted.resource &&
      verbs.some((verb) => verb === wanted.verb) &&
      names?.includes(wanted.name) !== false,
  )
}

/** RFC 7396: null takes away, objects go together, anything else takes the place of what was there. */
function merge(target: unknown, patch: unknown): KubernetesObject {
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(isObject(patch) ? patch : {})) {
    if (value === null) delete merged[name]
    else merged[name] = isObject(value) ? merge(merged[name], value) : value
  }
  return merged
}

import type { IncomingMessage } from 'node:http'
import { startClusterServer } from '../cluster-server.ts'
import type { ClusterObject } from '../local-run/tekton-objects.ts'
import { failure, type ApiAnswer } from './status.ts'

/** What a Role allows, as its YAML says. */
export type RoleRule = {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/** The objects of one namespace, and the logs of its pods by `<pod>/<container>`. Tests change them as they like. */
export type ClusterState = {
  objects: readonly ClusterObject[]
  logs: Readonly<Record<string, string>>
  /** What the service account may do. */
  rules: readonly RoleRule[]
}

/** The API server of a cluster, as far as reading objects, pods and logs goes. */
export type ClusterApi = AsyncDisposable & {
  /** `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`. */
  readonly env: Readonly<Record<string, string>>
  readonly caPem: string
  readonly state: ClusterState
  /** What was asked: `GET /api/… 200`. */
  readonly requests: readonly string[]
  /** Statuses to answer with in the place of what was asked, first come. */
  readonly failures: number[]
}

type Question = {
  readonly group: string
  readonly resource: string
  readonly verb: string
  readonly url: URL
  readonly name: string
}
type Answer = ApiAnswer | { readonly status: number; readonly body: string }

const serverName = 'kubernetes.default.svc'

/** Starts it on loopback; it lets in whoever `accounts` knows by the token. Answers as Kubernetes words it (API conventions, RBAC). */
export async function startClusterApi(
  namespace: string,
  accountOf: (token: string) => string | undefined,
): Promise<ClusterApi> {
  const state: ClusterState = { objects: [], logs: {}, rules: [] }
  const requests: string[] = []
  const failures: number[] = []
  const server = await startClusterServer(serverName, (request, response) => {
    request.resume()
    const fault = failures.shift()
    const { status, body } =
      fault === undefined
        ? answerTo(state, { request, namespace, accountOf })
        : failure(fault, 'InternalError', 'an error on the server')
    requests.push(`${request.method} ${decodeURIComponent(request.url ?? '')} ${status}`)
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response
      .writeHead(status, { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' })
      .end(text)
  })
  return {
    env: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(server.port) },
    caPem: server.caPem,
    state,
    requests,
    failures,
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  }
}

type Asking = {
  readonly request: IncomingMessage
  readonly namespace: string
  readonly accountOf: (token: string) => string | undefined
}

function answerTo(state: ClusterState, { request, namespace, accountOf }: Asking): Answer {
  const [, token = ''] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? []
  const account = accountOf(token)
  if (account === undefined) return failure(401, 'Unauthorized', 'Unauthorized')
  const question = questionOf(new URL(request.url ?? '/', `https://${serverName}`), namespace)
  if (question === undefined || request.method !== 'GET')
    return failure(404, 'NotFound', 'the server could not find the requested resource')
  const { group, resource, verb } = question
  const isAllowed = state.rules.some(
    (rule) => rule.apiGroups.includes(group) && rule.resources.includes(resource) && rule.verbs.includes(verb),
  )
  if (!isAllowed) {
    const what = group === '' ? resource : `${resource}.${group}`
    const text = `${what} is forbidden: User "system:serviceaccount:${account}" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "${namespace}"`
    return failure(403, 'Forbidden', text)
  }
  if (resource === 'pods/log') return log(state, question)
  return verb === 'list' ? list(state, question) : get(state, question)
}

function questionOf(url: URL, namespace: string): Question | undefined {
  const [, group = '', rest = ''] =
    /^\/(?:api\/v1|apis\/(tekton\.dev)\/v1)\/namespaces\/[^/]+\/(.*)$/.exec(url.pathname) ?? []
  if (!url.pathname.includes(`/namespaces/${namespace}/`)) return undefined
  const [resource = '', name = '', sub] = rest.split('/')
  if (sub !== undefined) return { group, resource: `${resource}/${sub}`, verb: 'get', url, name }
  return { group, resource, verb: name === '' ? 'list' : 'get', url, name }
}

const kinds: Readonly<Record<string, string>> = { pipelineruns: 'PipelineRun', taskruns: 'TaskRun', pods: 'Pod' }

function get({ objects }: ClusterState, { resource, name, group }: Question): Answer {
  const found = objects.find(({ kind, metadata }) => kind === kinds[resource] && metadata.name === name)
  if (found !== undefined) return { status: 200, body: found }
  return failure(404, 'NotFound', `${resource}${group === '' ? '' : `.${group}`} "${name}" not found`)
}

/** Pages are of at most two objects, so that nobody forgets to turn them. */
function list({ objects }: ClusterState, { resource, url }: Question): Answer {
  const known = new Set(['labelSelector', 'limit', 'continue'])
  const odd = [...url.searchParams.keys()].find((name) => !known.has(name))
  if (odd !== undefined) return failure(400, 'BadRequest', `the sandbox does not know the parameter ${odd}`)
  const [label = '', value = ''] = (url.searchParams.get('labelSelector') ?? '').split('=')
  const all = objects.filter(({ kind, metadata }) => kind === kinds[resource] && metadata.labels?.[label] === value)
  const from = Number(url.searchParams.get('continue') ?? '0')
  const next = from + 2 < all.length ? { continue: String(from + 2) } : {}
  // As Kubernetes does it: the items of a list do not say their kind.
  const items = all.slice(from, from + 2).map(({ apiVersion: _version, kind: _kind, ...object }) => object)
  return { status: 200, body: { kind: `${kinds[resource]}List`, metadata: next, items } }
}

function log({ objects, logs }: ClusterState, { name, url }: Question): Answer {
  const container = url.searchParams.get('container') ?? ''
  if (!objects.some(({ kind, metadata }) => kind === 'Pod' && metadata.name === name))
    return failure(404, 'NotFound', `pods "${name}" not found`)
  const text = logs[`${name}/${container}`]
  if (text === undefined) return failure(400, 'BadRequest', `container ${container} is not valid for pod ${name}`)
  const tail = Number(url.searchParams.get('tailLines') ?? Number.POSITIVE_INFINITY)
  const lines = text.split('\n')
  return { status: 200, body: lines.slice(Math.max(0, lines.length - 1 - tail)).join('\n') }
}

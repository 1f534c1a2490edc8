import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { KubernetesCluster } from '../config-kubernetes.ts'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { aksUser } from './aks-user.ts'
import { eksUser } from './eks-user.ts'
import { failure, type ApiAnswer } from './status.ts'

/** As whom a token is entered; a text is why it is not. */
export type KubernetesUser = { readonly username: string; readonly groups: readonly string[] }

type Answer = ApiAnswer & { readonly refused?: string }

const REVIEW = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

/**
 * The API servers of AKS and EKS clusters, as far as it takes to be let in: `kubectl auth whoami`, and `/version`. The rest is Kubernetes, of which
 * the cluster suite has a real one.
 */
export function createApiServers(world: World): StandIn {
  const clusterOf = (host: string) => world.config.clusters?.find((cluster) => cluster.host === host)
  return {
    name: 'kubernetes',
    owns: (host) => clusterOf(host) !== undefined,
    handle: async (request, response, host) => {
      const cluster = clusterOf(host)
      if (cluster === undefined) throw new Error(`${host} is no cluster`)
      const checks: string[] = []
      const answer = await answerTo(world, cluster, { request, checks })
      const { method = '', url = '/' } = request
      const [path = '/'] = url.split('?')
      const { status, refused } = answer
      world.journal.write({
        standIn: 'kubernetes',
        host,
        method,
        path,
        status,
        checks,
        ...(refused === undefined ? {} : { refused }),
      })
      send(response, answer)
    },
  }
}

async function answerTo(
  world: World,
  cluster: KubernetesCluster,
  { request, checks }: { readonly request: IncomingMessage; readonly checks: string[] },
): Promise<Answer> {
  // The body is of no interest, but a client would not read the answer before it was read.
  request.resume()
  await once(request, 'end')
  const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? []
  if (token === undefined) return unauthorized(checks, 'no bearer token')
  const user = cluster.kind === 'aks' ? aksUser(world, cluster, token) : await eksUser(world, cluster, token)
  if (typeof user === 'string') return unauthorized(checks, user)
  checks.push(`user ${user.username}`)
  const path = (request.url ?? '').split('?')[0]
  if (path === '/version') return { status: 200, body: { major: '1', minor: '36', gitVersion: 'v1.36.3' } }
  if (request.method !== 'POST' || path !== REVIEW)
    return failure(404, 'NotFound', 'the server could not find the requested resource')
  return {
    status: 201,
    body: { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1', status: { userInfo: user } },
  }
}

function unauthorized(checks: string[], why: string): Answer {
  checks.push(`token: ${why}`)
  return { ...failure(401, 'Unauthorized', 'Unauthorized'), refused: 'Unauthorized' }
}

function send(response: ServerResponse, { status: code, body }: Answer): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

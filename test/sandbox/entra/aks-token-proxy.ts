import type { IncomingMessage, ServerResponse } from 'node:http'
import { startClusterServer } from '../cluster-server.ts'
import type { World } from '../world.ts'
import { issueAccessToken } from './access-token.ts'
import { aksChecks } from './aks-checks.ts'
import { answerRefusal, answerToken, requestIds } from './answers.ts'
import { runChecks } from './checks.ts'
import { clouds } from './clouds.ts'
import { found } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { readForm } from './read-form.ts'

/** The token proxy of an AKS cluster with identity bindings: its own address, server name and CA, within the cluster. */
export type AksTokenProxy = {
  /** `AZURE_KUBERNETES_TOKEN_PROXY`. */
  readonly url: string
  /** `AZURE_KUBERNETES_SNI_NAME`. */
  readonly sniName: string
  /** What `AZURE_KUBERNETES_CA_DATA` or the file of `AZURE_KUBERNETES_CA_FILE` holds. */
  readonly caPem: string
  close(): Promise<void>
}

/** [K] assumption: path and server name; clients take both from their environment. */
const PATH = '/identity-bindings'
const SNI_NAME = 'token-proxy.identity-bindings.aks.internal'
const TOKEN_PATH = /^\/identity-bindings\/([^/]+)\/oauth2\/v2\.0\/token$/

/** Starts the proxy on loopback. It is reached directly, not through the sandbox's CONNECT proxy: it is within the cluster. */
export async function startAksTokenProxy(world: World, crashed: (error: unknown) => void): Promise<AksTokenProxy> {
  const server = await startClusterServer(SNI_NAME, (request, response) => {
    answer(world, request, response).catch((error: unknown) => {
      crashed(error)
      response.destroy()
    })
  })
  return {
    url: `https://127.0.0.1:${server.port}${PATH}`,
    sniName: SNI_NAME,
    caPem: server.caPem,
    close: async () => await server[Symbol.asyncDispose](),
  }
}

async function answer(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').replace(/\?.*$/s, '')
  const [, segment] = TOKEN_PATH.exec(path) ?? []
  const form = await readForm(request)
  const [cloud] = clouds
  const log = (entry: { status: number; refused?: string; checks?: readonly string[] }): void =>
    world.journal.write({ standIn: 'aks-token-proxy', host: SNI_NAME, method: request.method ?? '', path, ...entry })
  if (segment === undefined || form === undefined || cloud === undefined) {
    log({ status: 404 })
    return void response.writeHead(404).end()
  }
  const exchange: Exchange = {
    world,
    cloud,
    version: 2,
    method: request.method ?? '',
    tenantSegment: segment,
    form: form.fields,
    duplicated: form.duplicated,
    propagation: undefined,
  }
  const { refusal, told } = await runChecks(exchange, aksChecks)
  const ids = requestIds(request, form.fields)
  if (refusal !== undefined) {
    answerRefusal(response, refusal, { world, host: 'login.microsoftonline.com', ids })
    return log({ status: response.statusCode, refused: `AADSTS${refusal.code}`, checks: told })
  }
  log({ status: 200, checks: told })
  answerToken(response, issueAccessToken(exchange), { version: 2, resource: found(exchange.resource).requestedAs, ids })
}

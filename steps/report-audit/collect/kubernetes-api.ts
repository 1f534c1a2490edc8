import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stepError } from '../../lib/core/errors.ts'
import { retry, type Patience } from '../../lib/core/retry.ts'
import { Secret } from '../../lib/core/secret.ts'
import type { HttpClient, HttpResponse } from '../../lib/http/client.ts'
import { retryAfterMs } from '../../lib/http/retry-after.ts'
import { objectsAt, textAt } from '../model/look.ts'

/** The Kubernetes API of the cluster, as a pod reads it. A path that is not there is undefined. Throws AUDIT_*, NETWORK_*. */
export type KubernetesApi = {
  object(path: string): Promise<unknown>
  /** All objects of a collection, page by page. */
  list(path: string, query: Readonly<Record<string, string>>): Promise<readonly unknown[]>
  text(path: string, query: Readonly<Record<string, string>>): Promise<string | undefined>
}

export type ApiOpening = {
  /** The folder with the pod's token and the cluster's CA. */
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly namespace: string
  readonly http: HttpClient
  readonly patience: Patience
}

/** In every cluster a name of the API server's certificate. */
const serverName = 'kubernetes.default.svc'
const pageSize = '100'

/** The way to the API server that Kubernetes tells every pod (`KUBERNETES_SERVICE_HOST`); nothing is asked yet. Throws AUDIT_API_ABSENT. */
export function openKubernetesApi(opening: ApiOpening): KubernetesApi {
  const { env } = opening
  const [host = '', port = '443'] = [env['KUBERNETES_SERVICE_HOST'], env['KUBERNETES_SERVICE_PORT']]
  const base = URL.parse(`https://${host.includes(':') ? `[${host}]` : host}:${port}`)
  if (host === '' || base === null) throw absent('the variable KUBERNETES_SERVICE_HOST names no server')
  const ask = async (path: string, query: Readonly<Record<string, string>> = {}): Promise<Buffer | undefined> => {
    const url = new URL(path, base)
    url.search = new URLSearchParams(query).toString()
    return await retry(opening.patience, async () => {
      const answer = await send(url, opening)
      // What kubelet says of a container that never started, or whose log it has thrown away.
      if (answer.status === 400 && path.endsWith('/log')) return undefined
      return bodyOf(answer, path, opening)
    })
  }
  const parsed = async (path: string, query?: Readonly<Record<string, string>>): Promise<unknown> => {
    const body = await ask(path, query)
    return body === undefined ? undefined : parse(body, path)
  }
  return {
    object: async (path) => await parsed(path),
    list: async (path, query) => {
      const all: unknown[] = []
      let next = ''
      do {
        const page = await parsed(path, { ...query, limit: pageSize, ...(next === '' ? {} : { continue: next }) })
        all.push(...objectsAt(page, 'items'))
        next = textAt(page, 'metadata', 'continue')
      } while (next !== '')
      return all
    },
    text: async (path, query) => (await ask(path, query))?.toString('utf8'),
  }
}

/** Token and CA are read anew for each request: the kubelet exchanges them. */
async function send(url: URL, { folder, http, patience }: ApiOpening): Promise<HttpResponse> {
  const read = async (name: string) =>
    await readFile(join(folder, name), 'utf8').catch((error: unknown) => {
      throw absent(error instanceof Error ? error.message : String(error))
    })
  const [token, ca] = await Promise.all([read('token'), read('ca.crt')])
  const authorization = new Secret(`Bearer ${token.trim()}`)
  return await http.send({ method: 'GET', url, authorization, within: { serverName, ca }, signal: patience.signal })
}

function bodyOf(answer: HttpResponse, path: string, { namespace, patience }: ApiOpening): Buffer | undefined {
  const { status, body, headers } = answer
  if (status === 200) return body
  const words = textAt(tryParse(body), 'message')
  const upstream = { service: 'Kubernetes', status, ...(words === '' ? {} : { message: words.slice(0, 300) }) }
  if (status === 404) return undefined
  if (status === 401 || status === 403) {
    const [, account = 'unknown'] = /User "system:serviceaccount:([^"]+)"/.exec(words) ?? []
    throw stepError(
      'AUDIT_API_DENIED',
      { path, status: String(status), namespace, 'service account': account },
      { upstream },
    )
  }
  const values = { source: 'The Kubernetes API', reason: `HTTP ${status} for ${path}` }
  if (status !== 429 && status < 500) throw stepError('AUDIT_SOURCE_REFUSED', values, { upstream })
  const wait = retryAfterMs(headers['retry-after'], patience.clock.now())
  throw stepError('AUDIT_SOURCE_UNAVAILABLE', values, { upstream, retryAfterMs: wait })
}

function parse(body: Buffer, path: string): unknown {
  const value = tryParse(body)
  if (value !== undefined) return value
  throw stepError('AUDIT_SOURCE_REFUSED', { source: 'The Kubernetes API', reason: `no JSON for ${path}` })
}

function tryParse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function absent(reason: string) {
  return stepError('AUDIT_API_ABSENT', { reason })
}

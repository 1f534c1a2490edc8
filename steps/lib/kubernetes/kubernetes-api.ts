import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StepError, StepErrorOptions } from '../core/errors.ts'
import { retry, type Patience } from '../core/retry.ts'
import { Secret } from '../core/secret.ts'
import { type JsonObject } from '../core/strict-json.ts'
import type { HttpClient, HttpResponse } from '../http/client.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import { objectOf, tryJson } from '../core/loose-json.ts'

/** The Kubernetes API of the cluster, as a pod reads it. A path that is not there is undefined. Throws what `failures` makes, NETWORK_*. */
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
  readonly http: HttpClient
  readonly patience: Patience
  readonly failures: ApiFailures
}

/** What a step says when the API does not answer: its remedies name its own Role. */
export type ApiFailures = {
  readonly absent: (reason: string) => StepError
  /** HTTP 401 and 403; `account` is `namespace/name`, as the API server spells it. */
  readonly denied: (values: { path: string; status: string; account: string }, options: StepErrorOptions) => StepError
  readonly refused: (reason: string, options: StepErrorOptions) => StepError
  readonly unavailable: (reason: string, options: StepErrorOptions) => StepError
}

/** In every cluster a name of the API server's certificate. */
const serverName = 'kubernetes.default.svc'
const pageSize = '100'

/** The way to the API server that Kubernetes tells every pod (`KUBERNETES_SERVICE_HOST`); nothing is asked yet. Throws `absent`. */
export function openKubernetesApi(opening: ApiOpening): KubernetesApi {
  const { env } = opening
  const [host = '', port = '443'] = [env['KUBERNETES_SERVICE_HOST'], env['KUBERNETES_SERVICE_PORT']]
  const base = URL.parse(`https://${host.includes(':') ? `[${host}]` : host}:${port}`)
  if (host === '' || base === null)
    throw opening.failures.absent('the variable KUBERNETES_SERVICE_HOST names no server')
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
  const read = async (path: string, query?: Readonly<Record<string, string>>): Promise<unknown> => {
    const body = await ask(path, query)
    return body === undefined ? undefined : parse(body, path, opening.failures)
  }
  return {
    object: async (path) => await read(path),
    list: async (path, query) => {
      const all: unknown[] = []
      let next = ''
      do {
        const page = await read(path, { ...query, limit: pageSize, ...(next === '' ? {} : { continue: next }) })
        all.push(...itemsOf(page))
        next = text(objectOf(objectOf(page)['metadata']), 'continue')
      } while (next !== '')
      return all
    },
    text: async (path, query) => (await ask(path, query))?.toString('utf8'),
  }
}

/** Token and CA are read anew for each request: the kubelet exchanges them. */
async function send(url: URL, { folder, http, patience, failures }: ApiOpening): Promise<HttpResponse> {
  const read = async (name: string) =>
    await readFile(join(folder, name), 'utf8').catch((error: unknown) => {
      throw failures.absent(error instanceof Error ? error.message : String(error))
    })
  const [token, ca] = await Promise.all([read('token'), read('ca.crt')])
  const authorization = new Secret(`Bearer ${token.trim()}`)
  return await http.send({ method: 'GET', url, authorization, within: { serverName, ca }, signal: patience.signal })
}

function bodyOf(answer: HttpResponse, path: string, { failures, patience }: ApiOpening): Buffer | undefined {
  const { status, body, headers } = answer
  if (status === 200) return body
  // Kubernetes API conventions, "Response Status Kind".
  const words = text(objectOf(tryJson(body)), 'message')
  const upstream = { service: 'Kubernetes', status, ...(words === '' ? {} : { message: words.slice(0, 300) }) }
  if (status === 404) return undefined
  if (status === 401 || status === 403) {
    const [, account = 'unknown'] = /User "system:serviceaccount:([^"]+)"/.exec(words) ?? []
    throw failures.denied({ path, status: String(status), account }, { upstream })
  }
  const reason = `HTTP ${status} for ${path}`
  if (status !== 429 && status < 500) throw failures.refused(reason, { upstream })
  const wait = retryAfterMs(headers['retry-after'], patience.clock.now())
  throw failures.unavailable(reason, { upstream, retryAfterMs: wait })
}

function parse(body: Buffer, path: string, failures: ApiFailures): unknown {
  const value = tryJson(body)
  if (value !== undefined) return value
  throw failures.refused(`no JSON for ${path}`, {})
}

function itemsOf(page: unknown): readonly unknown[] {
  const { items } = objectOf(page)
  return Array.isArray(items) ? items : []
}

function text(value: JsonObject, name: string): string {
  return typeof value[name] === 'string' ? value[name] : ''
}

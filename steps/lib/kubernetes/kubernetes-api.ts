import { readFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { stepError, type StepError } from '../core/errors.ts'
import { retry, type Patience } from '../core/retry.ts'
import { Secret } from '../core/secret.ts'
import { isObject, type JsonObject } from '../core/strict-json.ts'
import type { HttpClient, HttpResponse } from '../http/client.ts'
import { retryAfterMs } from '../http/retry-after.ts'

/** The API of the cluster that the pod is in, read as the pod's service account. */
export type KubernetesApi = {
  /** An object by its path; undefined where there is none. Throws KUBERNETES_*, NETWORK_*. */
  get(path: string): Promise<JsonObject | undefined>
}

export type KubernetesPlace = {
  /** `KUBERNETES_SERVICE_HOST` and `_PORT`, which the kubelet sets in every container. */
  readonly host: string
  readonly port: string
  readonly tokenFile: string
  readonly caFile: string
}

/** The name that every API server's certificate has; its address may be any. */
const serverName = 'kubernetes.default.svc'

/** Opens the API. Token and CA are read anew for each request: the kubelet renews both. Nothing but GET is ever sent. */
export function openKubernetesApi(place: KubernetesPlace, http: HttpClient, patience: Patience): KubernetesApi {
  const { host, port } = place
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`
  return {
    get: async (path) => {
      if (host === '' || port === '')
        throw unreachable('KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set')
      return await retry(patience, async () => {
        const [token, ca] = await Promise.all([readOne(place.tokenFile), readOne(place.caFile)])
        const answer = await http.send({
          method: 'GET',
          url: new URL(path, server),
          headers: { accept: 'application/json' },
          authorization: new Secret(`Bearer ${token.trim()}`),
          within: { serverName, ca },
          signal: patience.signal,
        })
        return read(path, answer, patience)
      })
    },
  }
}

async function readOne(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read'
    throw unreachable(`${path}: ${reason}`)
  })
}

function unreachable(reason: string): StepError {
  return stepError('KUBERNETES_TOKEN_MISSING', { reason })
}

/** Statuses as the API server gives them: `{kind: Status, reason, message}` (Kubernetes API conventions, "Response Status Kind"). */
function read(path: string, answer: HttpResponse, { clock }: Patience): JsonObject | undefined {
  const { status, headers } = answer
  const body = parsed(answer)
  if (status === 200 && body !== undefined) return body
  const { reason, message } = body ?? {}
  if (status === 404 && reason === 'NotFound') return undefined
  const upstream = {
    service: 'Kubernetes',
    status,
    ...(typeof reason === 'string' ? { code: reason } : {}),
    ...(typeof message === 'string' ? { message } : {}),
  }
  const options = { upstream, retryAfterMs: retryAfterMs(headers['retry-after'], clock.now()) }
  if (status === 401 || status === 403) throw stepError('KUBERNETES_DENIED', { path }, options)
  throw stepError('KUBERNETES_UNAVAILABLE', { path, status: String(status) }, options)
}

function parsed({ body }: HttpResponse): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

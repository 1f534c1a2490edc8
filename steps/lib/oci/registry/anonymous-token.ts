import { stepError } from '../../core/errors.ts'
import { retry, type Patience } from '../../core/retry.ts'
import { Secret } from '../../core/secret.ts'
import type { HttpClient, HttpResponse } from '../../http/client.ts'
import { Json, JsonFault } from '../json.ts'
import { registryError } from './registry-error.ts'

/** A repository that is read without a credential of anybody. */
export type AnonymousRequest = {
  /** Scheme and host of the registry. */
  readonly origin: URL
  readonly repository: string
  readonly http: HttpClient
  readonly patience: Patience
}

/** A token for nobody in particular; `secret` is undefined where the registry wants none. */
export type AnonymousToken = {
  readonly secret: Secret | undefined
  /** Epoch milliseconds, 0 = unknown. */
  readonly expiresAt: number
}

/** A token without a time of its own is good for so long at least (Docker's token specification, `expires_in`). */
const defaultSeconds = 60

/**
 * Asks the registry as nobody: many that are open to all still want a token, from a place that they name (Docker's token specification). No credential is
 * sent anywhere, so that place may be on any host. Throws REGISTRY_ANONYMOUS_REFUSED, REGISTRY_*, NETWORK_*.
 */
export async function obtainAnonymousToken(request: AnonymousRequest): Promise<AnonymousToken> {
  return await retry(request.patience, async () => {
    const answer = await get(request, new URL('/v2/', request.origin))
    if (answer.status === 200) return { secret: undefined, expiresAt: 0 }
    if (answer.status !== 401) throw refusal(request, answer)
    const realm = realmOf(request, answer.headers['www-authenticate'] ?? '')
    if (realm === undefined) throw refused(request)
    return tokenIn(request, await get(request, realm))
  })
}

async function get({ http, patience }: AnonymousRequest, url: URL): Promise<HttpResponse> {
  return await http.send({ method: 'GET', url, headers: { accept: 'application/json' }, signal: patience.signal })
}

/** Where to ask for a token, with what is asked for; undefined when the registry takes no such one. */
function realmOf({ origin, repository }: AnonymousRequest, challenge: string): URL | undefined {
  if (!/^bearer\s/i.test(challenge)) return undefined
  const fields = new Map(
    [...challenge.matchAll(/([a-z]+)="([^"]*)"/gi)].map(([, name = '', value = '']) => [name, value]),
  )
  const realm = URL.parse(fields.get('realm') ?? '')
  if (realm === null || realm.username !== '' || realm.password !== '') return undefined
  if (realm.protocol !== 'https:' && realm.protocol !== origin.protocol) return undefined
  const service = fields.get('service')
  if (service !== undefined) realm.searchParams.set('service', service)
  realm.searchParams.set('scope', `repository:${repository}:pull`)
  return realm
}

function tokenIn(request: AnonymousRequest, answer: HttpResponse): AnonymousToken {
  if (answer.status === 401 || answer.status === 403) throw refused(request)
  if (answer.status !== 200) throw refusal(request, answer)
  const { token, seconds } = readToken(answer)
  if (token === '') {
    const reason = 'there is no token in it'
    const registry = request.origin.host
    throw stepError('REGISTRY_ANSWER_INVALID', { registry, operation: 'the request for a token', reason })
  }
  return { secret: new Secret(`Bearer ${token}`), expiresAt: request.patience.clock.now() + seconds * 1000 }
}

function readToken(answer: HttpResponse): { token: string; seconds: number } {
  try {
    const json = Json.parse(answer.body)
    const token = (json.optional('token') ?? json.optional('access_token'))?.string() ?? ''
    return { token, seconds: json.optional('expires_in')?.size() ?? defaultSeconds }
  } catch (error) {
    if (error instanceof JsonFault) return { token: '', seconds: 0 }
    throw error
  }
}

function refusal({ origin, repository, patience }: AnonymousRequest, answer: HttpResponse) {
  const asked = { operation: 'getToken', registry: origin.host, repository } as const
  return registryError(answer, asked, patience.clock.now())
}

function refused({ origin, repository }: AnonymousRequest) {
  return stepError('REGISTRY_ANONYMOUS_REFUSED', { registry: origin.host, repository })
}

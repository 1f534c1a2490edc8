import { stepError } from '../core/errors.ts'
import { retry } from '../core/retry.ts'
import { Secret } from '../core/secret.ts'
import type { HttpResponse } from '../http/client.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import type { EcrAuthorization } from './ecr-authorization.ts'
import { obtainEcrPublicPassword, type EcrPublicPassword, type EcrPublicRequest } from './ecr-public.ts'
import { objectOf, tryJson } from '../core/loose-json.ts'

const operation = 'GET /token/'

/**
 * Session → password of the API → Bearer token of the registry's own `/token/`, to which alone the password is sent. The token
 * lives as long as the password at most [K]. Throws ECR_*, AWS_*, REGISTRY_*, NETWORK_*.
 */
export async function obtainEcrPublicAuthorization(request: EcrPublicRequest): Promise<EcrAuthorization> {
  const password = await obtainEcrPublicPassword(request)
  const token = await retry(request.patience, async () => await askToken(request, password))
  return { secret: new Secret(`Bearer ${token}`), expiresAt: password.expiresAt, requestId: password.requestId }
}

async function askToken(request: EcrPublicRequest, { secret }: EcrPublicPassword): Promise<string> {
  const { host } = request.registry
  const answer = await request.http.send({
    method: 'GET',
    url: new URL(`https://${host}/token/?scope=aws&service=${host}`),
    headers: { accept: 'application/json' },
    authorization: secret,
    signal: request.patience.signal,
  })
  if (answer.status !== 200) throw tokenError(request, answer)
  const { token } = objectOf(tryJson(answer.body))
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token
  throw stepError('REGISTRY_ANSWER_INVALID', { registry: host, operation, reason: 'no token in the answer' })
}

function tokenError({ registry, patience }: EcrPublicRequest, answer: HttpResponse) {
  const values = { registry: registry.host, operation, status: String(answer.status) }
  const options = {
    // A refusal holds no credential: those are only in what was sent.
    upstream: { service: registry.host, status: answer.status, message: answer.body.toString('utf8').slice(0, 500) },
    retryAfterMs: retryAfterMs(answer.headers['retry-after'], patience.clock.now()),
  }
  if (answer.status === 429) return stepError('REGISTRY_THROTTLED', values, options)
  const isLate = answer.status === 408 || answer.status >= 500
  return stepError(isLate ? 'REGISTRY_UNAVAILABLE' : 'REGISTRY_REFUSED', values, options)
}

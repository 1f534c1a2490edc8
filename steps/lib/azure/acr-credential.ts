import querystring from 'node:querystring'
import { decodeToken, textClaim, timeClaim } from '../core/jwt.ts'
import { StepError, stepError } from '../core/errors.ts'
import { retry, type Patience } from '../core/retry.ts'
import { Secret } from '../core/secret.ts'
import type { HttpClient, HttpResponse } from '../http/client.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import type { EntraToken } from './entra-token.ts'
import { objectOf, tryJson } from '../core/loose-json.ts'

/** An ACR access token for one repository, with what it really grants: ACR narrows silently instead of refusing. */
export type AcrAccess = {
  readonly secret: Secret
  readonly granted: readonly string[]
  /** `jti`. */
  readonly id: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

export type AcrRequest = {
  /** Login server, which is also the `service` of its tokens. */
  readonly registry: string
  readonly repository: string
  /** What for: `push` asks for both, `pull` for no more than that. */
  readonly action: 'pull' | 'push'
  /** Further repositories of the registry, to mount blobs from: `pull` is asked for each, and need not be granted. */
  readonly alsoPull?: readonly string[] | undefined
  readonly tenantId: string
  readonly entraToken: EntraToken
  readonly http: HttpClient
  readonly patience: Patience
}

/** What every question to a registry's token endpoints needs, whatever it is about. */
export type AcrQuestion = Omit<AcrRequest, 'repository' | 'alsoPull' | 'action'>

/**
 * Entra token → ACR refresh token → ACR access token with `pull`, or `pull,push`, on the repository, each from the registry's own host, which
 * is also their `service`: a regional endpoint has tokens of its own (Azure/acr docs/AAD-OAuth.md). The refresh token is forgotten at once.
 * Throws ACR_EXCHANGE_REFUSED, ACR_NO_PUSH_PERMISSION, ACR_NO_PULL_PERMISSION, REGISTRY_THROTTLED, REGISTRY_UNAVAILABLE, NETWORK_*.
 */
export async function obtainAcrAccess(request: AcrRequest): Promise<AcrAccess> {
  return await retry(request.patience, async () => {
    const refreshToken = await obtainRefreshToken(request)
    const secret = await post(request, '/oauth2/token', 'access_token', {
      grant_type: ['refresh_token'],
      service: [request.registry],
      scope: scopesOf(request),
      refresh_token: [refreshToken.reveal()],
    })
    return requireGrant(request, secret)
  })
}

/** Entra token → refresh token of the registry (Azure/acr docs/AAD-OAuth.md). Throws ACR_EXCHANGE_REFUSED, REGISTRY_*, NETWORK_*. */
export async function obtainRefreshToken(request: AcrQuestion): Promise<Secret> {
  return await post(request, '/oauth2/exchange', 'refresh_token', {
    grant_type: ['access_token'],
    service: [request.registry],
    tenant: [request.tenantId],
    access_token: [request.entraToken.secret.reveal()],
  })
}

/** What an access token is asked for; `scope` is repeated for each (Azure/acr docs/AAD-OAuth.md). */
function scopesOf({ repository, action, alsoPull = [] }: AcrRequest): string[] {
  const actions = action === 'push' ? 'pull,push' : 'pull'
  const others = new Set(alsoPull.filter((name) => name !== repository))
  return [`repository:${repository}:${actions}`, ...[...others].map((name) => `repository:${name}:pull`)]
}

/** Asks a token endpoint for the `field` of its answer. Throws ACR_EXCHANGE_REFUSED, REGISTRY_*, NETWORK_*. */
export async function post(
  request: AcrQuestion,
  path: string,
  field: string,
  form: Record<string, readonly string[]>,
): Promise<Secret> {
  const answer = await request.http.send({
    method: 'POST',
    url: new URL(path, `https://${request.registry}`),
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: querystring.stringify(form),
    signal: request.patience.signal,
  })
  if (answer.status !== 200) throw acrError(request, path, answer)
  const value = fieldOf(answer, field)
  if (value === undefined) {
    throw stepError('REGISTRY_ANSWER_INVALID', {
      registry: request.registry,
      operation: path,
      reason: `no ${field} in the answer`,
    })
  }
  return new Secret(value)
}

function acrError(request: AcrQuestion, path: string, answer: HttpResponse): StepError {
  const { registry } = request
  const values = { registry, operation: path, status: String(answer.status) }
  const correlation = answer.headers['x-ms-correlation-request-id']
  const options = {
    upstream: {
      service: registry,
      status: answer.status,
      ...wordsOf(answer),
      ...(correlation === undefined ? {} : { ids: { correlation } }),
    },
    retryAfterMs: retryAfterMs(answer.headers['retry-after'], request.patience.clock.now()),
  }
  if (answer.status === 429) return stepError('REGISTRY_THROTTLED', values, options)
  if (answer.status === 408 || answer.status >= 500) return stepError('REGISTRY_UNAVAILABLE', values, options)
  return stepError(
    'ACR_EXCHANGE_REFUSED',
    {
      registry,
      tenant: request.tenantId,
      'token audience': request.entraToken.audience,
      principal: request.entraToken.objectId,
    },
    options,
  )
}

function requireGrant(request: AcrRequest, secret: Secret): AcrAccess {
  const claims = decodeToken(secret.reveal())?.claims ?? {}
  const granted = grantedActions(claims['access'], request.repository)
  if (!granted.includes(request.action)) {
    throw stepError(request.action === 'push' ? 'ACR_NO_PUSH_PERMISSION' : 'ACR_NO_PULL_PERMISSION', {
      principal: request.entraToken.objectId,
      repository: request.repository,
      registry: request.registry,
      granted: granted.length === 0 ? 'nothing' : `only ${granted.join(', ')}`,
    })
  }
  return { secret, granted, id: textClaim(claims, 'jti'), expiresAt: timeClaim(claims, 'exp') ?? 0 }
}

/** What a token's `access` says of a repository: `access: [{type: 'repository', name, actions}]`, the form of Docker's token specification. */
export function grantedActions(access: unknown, repository: string): string[] {
  if (!Array.isArray(access)) return []
  return access
    .filter((entry): entry is { name: unknown; actions: unknown } => typeof entry === 'object' && entry !== null)
    .filter((entry) => entry.name === repository && Array.isArray(entry.actions))
    .flatMap((entry) => (Array.isArray(entry.actions) ? entry.actions.map(String) : []))
}

function fieldOf(answer: HttpResponse, field: string): string | undefined {
  const value = objectOf(tryJson(answer.body))[field]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** ACR's own words, `{"errors":[{code,message}]}`; the raw text when it is something else. They carry no credential. */
function wordsOf(answer: HttpResponse): { readonly code?: string; readonly message: string } {
  const { errors } = objectOf(tryJson(answer.body))
  const { code, message } = objectOf(Array.isArray(errors) ? errors[0] : undefined)
  if (typeof code === 'string' && typeof message === 'string') return { code, message }
  return { message: answer.body.toString('utf8').slice(0, 500) }
}

import { decodeToken, textClaim, timeClaim } from '../core/jwt.ts'
import { stepError } from '../core/errors.ts'
import { retry } from '../core/retry.ts'
import type { Secret } from '../core/secret.ts'
import { grantedActions, obtainRefreshToken, post, type AcrQuestion } from './acr-credential.ts'

/** The user name that says "the password is a token" (Azure/acr docs/Token-BasicAuth.md). */
export const acrTokenUser = '00000000-0000-0000-0000-000000000000'

/** What somebody else's client logs in with. */
export type AcrLogin = {
  readonly password: Secret
  /** `jti`. */
  readonly id: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

export type AcrLoginRequest = AcrQuestion & {
  /** Repositories that it is for; none: all that the identity may. */
  readonly repositories: readonly string[]
  readonly access: 'pull' | 'push'
}

/**
 * Entra token → refresh token of the registry, which is good for all that the identity may there (3 hours at most). Where repositories are
 * named, on to an access token for just these (75 minutes): ACR takes it as a password as well [K]. Throws ACR_*, REGISTRY_*, NETWORK_*.
 */
export async function obtainAcrLogin(request: AcrLoginRequest): Promise<AcrLogin> {
  return await retry(request.patience, async () => {
    const refreshToken = await obtainRefreshToken(request)
    if (request.repositories.length === 0) return loginOf(refreshToken)
    const accessToken = await post(request, '/oauth2/token', 'access_token', {
      grant_type: ['refresh_token'],
      service: [request.registry],
      scope: request.repositories.map((name) => `repository:${name}:${actionsOf(request).join(',')}`),
      refresh_token: [refreshToken.reveal()],
    })
    requireGranted(request, accessToken)
    return loginOf(accessToken)
  })
}

function actionsOf({ access }: AcrLoginRequest): readonly string[] {
  return access === 'push' ? ['pull', 'push'] : ['pull']
}

function loginOf(password: Secret): AcrLogin {
  const claims = decodeToken(password.reveal())?.claims ?? {}
  return { password, id: textClaim(claims, 'jti'), expiresAt: timeClaim(claims, 'exp') ?? 0 }
}

/** ACR narrows silently instead of refusing: without this the user's tool would meet it. */
function requireGranted(request: AcrLoginRequest, token: Secret): void {
  const claims = decodeToken(token.reveal())?.claims ?? {}
  for (const repository of request.repositories) {
    const granted = grantedActions(claims['access'], repository)
    if (actionsOf(request).every((action) => granted.includes(action))) continue
    throw stepError('ACR_NOT_GRANTED', {
      principal: request.entraToken.objectId,
      action: `${request.access === 'push' ? 'push to' : 'pull from'} ${repository}`,
      registry: request.registry,
      granted: granted.length === 0 ? 'nothing' : `only ${granted.join(', ')}`,
      role: request.access === 'push' ? 'AcrPush' : 'AcrPull',
    })
  }
}

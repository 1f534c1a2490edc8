import { randomUUID } from 'node:crypto'
import type { AcrRegistry } from '../config.ts'
import { decodeJwt, isSignedBy, signJwt } from '../jws.ts'
import type { World } from '../world.ts'

/** One entry of `access[]`: what the token may do to one repository. */
export type AcrAccess = { readonly type: string; readonly name: string; readonly actions: readonly string[] }

/** Whom a registry token speaks for. */
export type AcrPrincipal = { readonly objectId: string; readonly clientId: string }

type Kind = 'refresh_token' | 'access_token'

const ISSUER = 'Azure Container Registry'

/** Seconds: the refresh token's as Microsoft documents it, the access token's as its sample has it (protocols.md section 7). */
const LIFETIME: Readonly<Record<Kind, number>> = { refresh_token: 3 * 3600, access_token: 75 * 60 }

/** A token that the registry signs for itself. */
export const mintAcrToken = (
  world: World,
  registry: AcrRegistry,
  wanted: { readonly kind: Kind; readonly principal: AcrPrincipal; readonly access?: readonly AcrAccess[] },
): string => {
  const key = world.keys.of(`acr:${registry.loginServer}`)
  const now = Math.floor(world.clock.now() / 1000)
  const token = signJwt(
    key.privateKey,
    { typ: 'JWT', alg: 'RS256', kid: key.kid },
    {
      jti: randomUUID(),
      sub: wanted.principal.objectId,
      appid: wanted.principal.clientId,
      nbf: now,
      exp: now + LIFETIME[wanted.kind],
      iat: now,
      iss: ISSUER,
      aud: registry.loginServer,
      version: '1.0',
      grant_type: wanted.kind,
      tenant: registry.tenantId,
      roles: [],
      ...(wanted.access === undefined ? {} : { access: wanted.access }),
    },
  )
  world.minted.add(token)
  return token
}

/** The claims of a token that this registry signed, of this kind and still valid; or why it is none. */
export const readAcrToken = (
  world: World,
  registry: AcrRegistry,
  given: { readonly kind: Kind; readonly token: string },
): { readonly principal: AcrPrincipal; readonly access: readonly AcrAccess[] } | string => {
  const jwt = decodeJwt(given.token)
  if (jwt === undefined) return 'not a JWT'
  if (!isSignedBy(jwt, world.keys.of(`acr:${registry.loginServer}`).publicKey)) return 'not signed by this registry'
  const { iss, aud, exp, sub, appid, grant_type: kind, access } = jwt.claims
  if (iss !== ISSUER || aud !== registry.loginServer) return 'made for another registry'
  if (kind !== given.kind) return `not an ${given.kind}`
  if (typeof exp !== 'number' || exp * 1000 <= world.clock.now()) return 'expired'
  return {
    principal: { objectId: String(sub), clientId: String(appid) },
    // Our own signature is on it, so it has the shape that was minted.
    access: Array.isArray(access) ? (access as readonly AcrAccess[]) : [],
  }
}

/** What each built-in role lets a principal do to every repository. */
const ROLE_ACTIONS: Readonly<Record<AcrRegistry['roleAssignments'][number]['role'], readonly string[]>> = {
  AcrPull: ['pull'],
  AcrPush: ['pull', 'push'],
}

/** The scopes that were asked for, cut down to what the principal's roles give. Too much asked is no error at ACR. */
export const reduceScopes = (
  registry: AcrRegistry,
  principal: AcrPrincipal,
  scopes: readonly AcrAccess[],
): readonly AcrAccess[] => {
  const granted = new Set(
    registry.roleAssignments
      .filter((assignment) => assignment.principalId === principal.objectId)
      .flatMap((assignment) => ROLE_ACTIONS[assignment.role]),
  )
  return scopes
    .map((scope) => ({
      ...scope,
      actions: scope.type === 'repository' ? scope.actions.filter((action) => granted.has(action)) : [],
    }))
    .filter((scope) => scope.actions.length > 0)
}

/** `type:name:action,action`; undefined when it is no scope. */
export const parseScope = (text: string): AcrAccess | undefined => {
  const [, type, name, actions] = /^([a-z-]+):(.+):([a-z_,*/]+)$/.exec(text) ?? []
  if (type === undefined || name === undefined || actions === undefined) return undefined
  return { type, name, actions: actions.split(',') }
}

import { randomUUID } from 'node:crypto'
import { decodeJwt, isSignedBy, signJwt } from '../jws.ts'
import type { SigningKey, World } from '../world.ts'
import type { AcrRegistry } from './acr-config.ts'
import { acrStateOf } from './acr-state.ts'

/** One entry of `access[]`: what the token may do to one repository. */
export type AcrAccess = { readonly type: string; readonly name: string; readonly actions: readonly string[] }

/** Whom a registry token speaks for. `objectId` is the token's name where it belongs to a scope map. */
export type AcrPrincipal = {
  readonly objectId: string
  readonly clientId: string
  /** Default `entra`. */
  readonly kind?: 'entra' | 'scope-map' | 'anonymous'
  /** What it may at most: an access token that is used as a password gives no more than itself. Absent: no limit. */
  readonly limit?: readonly AcrAccess[]
}

type Kind = 'refresh_token' | 'access_token'

const ISSUER = 'Azure Container Registry'

/** Seconds: the refresh token's as Microsoft documents it, the access token's as its sample has it (protocols.md section 7). */
const LIFETIME: Readonly<Record<Kind, number>> = { refresh_token: 3 * 3600, access_token: 75 * 60 }

/** A token that the registry signs for itself. All its login servers take it (container-registry-geo-replication). */
export const mintAcrToken = (
  world: World,
  registry: AcrRegistry,
  wanted: { readonly kind: Kind; readonly principal: AcrPrincipal; readonly access?: readonly AcrAccess[] },
): string => {
  const key = keyOf(world, registry, acrStateOf(world, registry).generation)
  const now = Math.floor(world.clock.now() / 1000)
  const token = signJwt(
    key.privateKey,
    { typ: 'JWT', alg: 'RS256', kid: key.kid },
    {
      jti: randomUUID(),
      sub: wanted.principal.objectId,
      appid: wanted.principal.clientId,
      nbf: now,
      exp: now + lifetimeOf(registry, wanted.kind),
      iat: now,
      iss: ISSUER,
      aud: registry.loginServer,
      version: '1.0',
      grant_type: wanted.kind,
      tenant: registry.tenantId,
      roles: [],
      // Ours: a client has no use for it, and the registry must know a scope map's token from a service principal.
      ...(wanted.principal.kind === undefined ? {} : { sandbox_principal: wanted.principal.kind }),
      ...(wanted.access === undefined ? {} : { access: wanted.access }),
    },
  )
  world.minted.add(token)
  return token
}

const lifetimeOf = ({ tokenLifetimes }: AcrRegistry, kind: Kind): number =>
  (kind === 'refresh_token' ? tokenLifetimes?.refresh : tokenLifetimes?.access) ?? LIFETIME[kind]

/** The claims of a token that this registry signed, of this kind and still valid; or why it is none. */
export const readAcrToken = (
  world: World,
  registry: AcrRegistry,
  given: { readonly kind: Kind; readonly token: string },
): { readonly principal: AcrPrincipal; readonly access: readonly AcrAccess[] } | string => {
  const jwt = decodeJwt(given.token)
  if (jwt === undefined) return 'not a JWT'
  const { generation } = acrStateOf(world, registry)
  const isSignedIn = (past: number): boolean => isSignedBy(jwt, keyOf(world, registry, past).publicKey)
  if (!isSignedIn(generation)) {
    const earlier = Array.from({ length: generation }, (_none, past) => past)
    return earlier.some(isSignedIn) ? 'issued before the mode was switched' : 'not signed by this registry'
  }
  const { iss, aud, exp, sub, appid, grant_type: kind, access, sandbox_principal: principalKind } = jwt.claims
  if (iss !== ISSUER || aud !== registry.loginServer) return 'made for another registry'
  if (kind !== given.kind) return `not an ${given.kind}`
  if (typeof exp !== 'number' || exp * 1000 <= world.clock.now()) return 'expired'
  return {
    principal: {
      objectId: String(sub),
      clientId: String(appid),
      ...(principalKind === 'scope-map' || principalKind === 'anonymous' ? { kind: principalKind } : {}),
    },
    // Our own signature is on it, so it has the shape that was minted.
    access: Array.isArray(access) ? (access as readonly AcrAccess[]) : [],
  }
}

// A switch of the mode invalidates what was issued before (protocols.md section 7): a key of its own does that for any number of tokens.
const keyOf = (world: World, { loginServer }: AcrRegistry, generation: number): SigningKey =>
  world.keys.of(generation === 0 ? `acr:${loginServer}` : `acr:${loginServer}#${generation}`)

/** `type:name:action,action`; undefined when it is no scope. */
export const parseScope = (text: string): AcrAccess | undefined => {
  const [, type, name, actions] = /^([a-z-]+):(.+):([a-z_,*/]+)$/.exec(text) ?? []
  if (type === undefined || name === undefined || actions === undefined) return undefined
  return { type, name, actions: actions.split(',') }
}

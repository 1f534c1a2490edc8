import { createHash, randomBytes } from 'node:crypto'
import { signJwt } from '../jws.ts'
import { BACKDATED_SECONDS, lifetimeIn, signAccessToken } from './access-token.ts'
import { issuerOf } from './clouds.ts'
import { isPublic } from './confidential-checks.ts'
import { found } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { asksFor, scopeOf } from './person-checks.ts'
import { mintOpaque, personState } from './person-state.ts'

/** Microsoft's default (refresh-token documents); each use gives a new one and leaves the old one as it is. */
const REFRESH_TOKEN_DAYS = 90

/** Makes what a person's client gets for a request that passed all checks: the answer's body. */
export function issuePersonTokens(exchange: Exchange): object {
  const { world, grant } = exchange
  const tenant = found(exchange.tenant)
  const lifetime = lifetimeIn(tenant)
  const now = Math.floor(world.clock.now() / 1000)
  const times = { iat: now - BACKDATED_SECONDS, nbf: now - BACKDATED_SECONDS, exp: now + lifetime }
  const accessToken = signAccessToken(exchange, { ...accessClaims(exchange), ...times })
  world.minted.add(accessToken)
  const wasOffline = grant?.scope.split(' ').includes('offline_access') === true
  return {
    token_type: 'Bearer',
    scope: shownScope(exchange),
    expires_in: lifetime - 1,
    ext_expires_in: lifetime - 1,
    access_token: accessToken,
    ...(wasOffline || asksFor(exchange, 'offline_access') ? { refresh_token: createRefreshToken(exchange) } : {}),
    ...(asksFor(exchange, 'openid') ? { id_token: createIdToken(exchange, times) } : {}),
    ...(exchange.form.get('client_info') === '1' ? { client_info: clientInfo(exchange) } : {}),
  }
}

/** Permissions with their resource in front, as they were asked for; Microsoft Graph's OpenID scopes stand bare. */
function shownScope(exchange: Exchange): string {
  const resource = found(exchange.resource)
  const asked = scopeOf(exchange).split(' ')
  const shown = found(exchange.scopes).map((scope) =>
    asked.includes(scope) ? scope : `${resource.requestedAs}/${scope}`,
  )
  return shown.join(' ')
}

/** Claims by the version that the resource wants (access-token claims reference). */
function accessClaims(exchange: Exchange): Record<string, unknown> {
  const tenant = found(exchange.tenant)
  const user = found(exchange.user)
  const resource = found(exchange.resource)
  const { clientId } = found(exchange.app)
  const version = resource.tokenVersion
  const acr = isPublic(exchange) ? '0' : '2'
  const names =
    version === 1
      ? { appid: clientId, appidacr: acr, acr: '1', amr: ['pwd'], unique_name: user.upn, upn: user.upn }
      : { azp: clientId, azpacr: acr, preferred_username: user.upn }
  return {
    aud: version === 1 ? resource.requestedAs : resource.appId,
    iss: issuerOf(exchange.cloud, tenant.id, version),
    ...names,
    ...person(exchange, resource.appId),
    ...(resource.hasGroups ? groupClaims(exchange) : {}),
    ...(resource.hasIdtyp ? { idtyp: 'user' } : {}),
    scp: found(exchange.scopes).join(' '),
    ver: version === 1 ? '1.0' : '2.0',
  }
}

function createIdToken(exchange: Exchange, times: object): string {
  const { world, grant } = exchange
  const tenant = found(exchange.tenant)
  const user = found(exchange.user)
  const { clientId, groupMembershipClaims } = found(exchange.app)
  const { kid, privateKey } = world.keys.of(`entra:${tenant.id}`)
  const token = signJwt(
    privateKey,
    { typ: 'JWT', alg: 'RS256', kid },
    {
      aud: clientId,
      iss: issuerOf(exchange.cloud, tenant.id, 2),
      ...times,
      ...person(exchange, clientId),
      preferred_username: user.upn,
      ...(groupMembershipClaims === true ? groupClaims(exchange) : {}),
      ...(grant?.nonce === undefined ? {} : { nonce: grant.nonce }),
      ver: '2.0',
    },
  )
  world.minted.add(token)
  return token
}

/** Most groups that a JWT names (entra-docs, access-token-claims-reference: groups overage claim). */
const MOST_GROUPS = 200

/** The person's groups, or where they can be asked for: that address is of Azure AD Graph, which no longer answers. */
function groupClaims(exchange: Exchange): Record<string, unknown> {
  const { oid, groups } = found(exchange.user)
  if (groups === undefined) return {}
  if (groups.length <= MOST_GROUPS) return { groups }
  const endpoint = `https://graph.windows.net/${found(exchange.tenant).id}/users/${oid}/getMemberObjects`
  return { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint } } }
}

/** What every token of a person says. `sub` is another one for each app (pairwise). */
function person(exchange: Exchange, audience: string): Record<string, unknown> {
  const { oid, upn, displayName = upn, appRoles = [] } = found(exchange.user)
  const roles = appRoles.filter(({ app }) => app === audience).map(({ role }) => role)
  return {
    name: displayName,
    oid,
    rh: `1.${randomBytes(36).toString('base64url')}.`,
    ...(roles.length > 0 ? { roles } : {}),
    sub: createHash('sha256').update(`${oid} ${audience}`).digest('base64url'),
    tid: found(exchange.tenant).id,
    uti: randomBytes(16).toString('base64url'),
  }
}

function createRefreshToken(exchange: Exchange): string {
  const { world } = exchange
  const token = mintOpaque(world, '1.A')
  personState(world).refreshTokens.set(token, {
    ...found(exchange.grant),
    tenant: found(exchange.tenant),
    expiresAt: world.clock.now() + REFRESH_TOKEN_DAYS * 86_400_000,
  })
  return token
}

/** What MSAL makes its account ids of. */
function clientInfo({ user, tenant }: Exchange): string {
  return Buffer.from(JSON.stringify({ uid: found(user).oid, utid: found(tenant).id })).toString('base64url')
}

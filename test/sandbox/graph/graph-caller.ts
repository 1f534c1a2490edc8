import type { IncomingMessage } from 'node:http'
import type { Tenant } from '../config.ts'
import type { EntraUser } from '../config-azure.ts'
import { readBearer } from '../entra/bearer.ts'
import { cloudOf } from '../entra/clouds.ts'
import type { Cloud } from '../entra/clouds.ts'
import { GRAPH_APP } from '../entra/resources.ts'
import type { World } from '../world.ts'
import { GraphRefusal } from './graph-refusal.ts'

/** Who asks Microsoft Graph, and what it may. */
export type GraphCaller = {
  readonly tenant: Tenant
  readonly clientId: string
  /** The person, when the token is delegated. */
  readonly user: EntraUser | undefined
  /** App roles of an app-only token, scopes of a delegated one. */
  readonly permissions: readonly string[]
}

/** Verifies the token: signature over the hashed nonce, issuer, time, cloud, audience. [K] assumption: the wording. */
export function identifyGraphCaller(world: World, request: IncomingMessage, cloud: Cloud): GraphCaller {
  const bearer = readBearer(world, request)
  if (bearer.kind === 'missing') throw refuseToken('Access token is empty.')
  if (bearer.kind === 'invalid') throw refuseToken('Access token validation failure. Invalid token.')
  if (bearer.kind === 'expired') throw refuseToken('Lifetime validation failed, the token is expired.')
  const { claims } = bearer
  const audiences = [GRAPH_APP, `https://${cloud.graphHost}`, `https://${cloud.graphHost}/`]
  if (!audiences.includes(claims.aud)) throw refuseToken('Access token validation failure. Invalid audience.')
  const tenant = world.config.tenants.find(({ id }) => id === claims.tid)
  if (tenant === undefined || cloudOf(tenant) !== cloud) {
    throw refuseToken('Access token validation failure. Invalid token.')
  }
  const isDelegated = typeof claims['scp'] === 'string'
  const roles: readonly unknown[] = Array.isArray(claims['roles']) ? claims['roles'] : []
  return {
    tenant,
    clientId: String(claims['appid'] ?? claims['azp']),
    user: isDelegated ? tenant.users?.find(({ oid }) => oid === claims.oid) : undefined,
    permissions: isDelegated ? String(claims['scp']).split(' ') : roles.map(String),
  }
}

/** Any one of the permissions is enough (Graph permissions reference). */
export function requirePermission(caller: GraphCaller, anyOf: readonly string[]): void {
  if (anyOf.some((permission) => caller.permissions.includes(permission))) return
  throw new GraphRefusal(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
}

function refuseToken(message: string): GraphRefusal {
  return new GraphRefusal(401, 'InvalidAuthenticationToken', message)
}

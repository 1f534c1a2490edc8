import type { IncomingMessage } from 'node:http'
import type { Tenant } from '../config.ts'
import { readBearer } from '../entra/bearer.ts'
import { cloudOf, issuerOf } from '../entra/clouds.ts'
import type { Cloud } from '../entra/clouds.ts'
import type { EntraClaims } from '../entra/verify.ts'
import type { World } from '../world.ts'
import { ArmRefusal } from './arm-refusal.ts'

/** Who asks ARM. */
export type ArmCaller = {
  readonly tenant: Tenant
  readonly clientId: string
  /** Object ids that role assignments may name: the caller's own and its groups'. */
  readonly principalIds: readonly string[]
  readonly objectId: string
  /** As refusals name it: a person by UPN, a client by its id. */
  readonly name: string
}

/** ARM's own audiences by cloud, each with and without its last slash (Azure CLI's cloud table). */
const AUDIENCES: Readonly<Record<Cloud['name'], readonly [string, string]>> = {
  public: ['https://management.core.windows.net', 'https://management.azure.com'],
  'us-government': ['https://management.core.usgovcloudapi.net', 'https://management.usgovcloudapi.net'],
  china: ['https://management.core.chinacloudapi.cn', 'https://management.chinacloudapi.cn'],
}

/** Verifies the caller's token: signature, issuer, time, cloud, audience. Refusals are worded as quoted in public reports. */
export function identifyCaller(world: World, request: IncomingMessage, cloud: Cloud): ArmCaller {
  const bearer = readBearer(world, request)
  if (bearer.kind === 'missing') {
    throw challenge(cloud, 'AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.")
  }
  if (bearer.kind === 'invalid') {
    throw challenge(cloud, 'InvalidAuthenticationToken', 'The access token is invalid.')
  }
  const { claims } = bearer
  if (bearer.kind === 'expired') {
    const [expiry, now] = [claims.exp * 1000, world.clock.now()].map((ms) => new Date(ms).toISOString())
    const text = `The access token expiry UTC time '${expiry}' is earlier than current UTC time '${now}'.`
    throw challenge(cloud, 'ExpiredAuthenticationToken', text)
  }
  const audiences = AUDIENCES[cloud.name].flatMap((audience) => [`${audience}/`, audience])
  if (!audiences.includes(claims.aud)) {
    const allowed = audiences.map((audience) => `'${audience}'`).join(',')
    const text = `The access token has been obtained for wrong audience or resource '${claims.aud}'. It should exactly match with one of the allowed audiences ${allowed}.`
    throw challenge(cloud, 'InvalidAuthenticationTokenAudience', text)
  }
  return callerOf(world, claims, cloud)
}

function callerOf(world: World, claims: EntraClaims, cloud: Cloud): ArmCaller {
  const tenant = world.config.tenants.find(({ id }) => id === claims.tid)
  if (tenant === undefined || cloudOf(tenant) !== cloud) {
    throw challenge(cloud, 'InvalidAuthenticationToken', 'The access token is invalid.')
  }
  const user = tenant.users?.find(({ oid }) => oid === claims.oid)
  const clientId = String(claims['appid'] ?? claims['azp'])
  const groups = user?.groups ?? []
  return { tenant, clientId, objectId: claims.oid, principalIds: [claims.oid, ...groups], name: user?.upn ?? clientId }
}

/** A subscription of another tenant than the token's: the refusal says where to get the right one. */
export function refuseTenantOf(caller: ArmCaller, tenantId: string, cloud: Cloud): ArmRefusal {
  const [wrong, right] = [caller.tenant.id, tenantId].map((id) => issuerOf(cloud, id, 1))
  const authority = `https://${cloud.authorityHosts.at(1) ?? cloud.authorityHosts[0]}/${tenantId}`
  const text = `The access token is from the wrong issuer '${wrong}'. It must match the tenant '${right}' associated with this subscription. Please use the authority (URL) '${authority}' to get the token. Note, if the subscription is transferred to another tenant there is no impact to the services, but information about new tenant could take time to propagate (up to an hour). If you just transferred your subscription and see this error message, please try back later.`
  return challenge(cloud, 'InvalidAuthenticationTokenTenant', text, tenantId)
}

/** Role assignments that ARM knows of the caller decide; `scope` is what it asked for. */
export function refuseAuthorization(caller: ArmCaller, action: string, scope: string): ArmRefusal {
  const text = `The client '${caller.name}' with object id '${caller.objectId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`
  return new ArmRefusal(403, 'AuthorizationFailed', text)
}

/** [K] assumption: the wording within the challenge; clients read `authorization_uri` of it. */
function challenge(cloud: Cloud, code: string, message: string, tenantId?: string): ArmRefusal {
  const authority = `https://${cloud.authorityHosts.at(1) ?? cloud.authorityHosts[0]}/${tenantId ?? ''}`
  return new ArmRefusal(401, code, message, {
    'www-authenticate': `Bearer authorization_uri="${authority}", error="invalid_token", error_description="${message.replaceAll('"', '')}"`,
  })
}

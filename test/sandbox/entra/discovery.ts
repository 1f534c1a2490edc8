import type { Tenant } from '../config.ts'
import { publicJwk } from '../signing-keys.ts'
import type { World } from '../world.ts'
import { clouds, issuerOf } from './clouds.ts'
import type { Cloud } from './clouds.ts'

/** Stands in `iss` of the shared documents instead of a tenant, literally. */
const TENANT_TEMPLATE = '{tenantid}'

/** OpenID configuration; without a tenant it is the shared one of `/common` and `/organizations`. */
export function openIdConfiguration(options: {
  cloud: Cloud
  segment: string
  tenant?: Tenant
  version: 1 | 2
}): object {
  const { cloud, tenant, version } = options
  const segment = tenant?.id ?? options.segment
  const base = `https://${cloud.authorityHosts[0]}/${segment}`
  const oauth2 = version === 2 ? `${base}/oauth2/v2.0` : `${base}/oauth2`
  return {
    token_endpoint: `${oauth2}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: version === 2 ? `${base}/discovery/v2.0/keys` : `${base}/discovery/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: issuerOf(cloud, tenant?.id ?? TENANT_TEMPLATE, version),
    authorization_endpoint: `${oauth2}/authorize`,
    device_authorization_endpoint: `${oauth2}/devicecode`,
    end_session_endpoint: `${oauth2}/logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'tid', 'ver'],
    tenant_region_scope: cloud.regionScope,
    cloud_instance_name: cloud.instanceName,
    msgraph_host: cloud.graphHost,
  }
}

/** JWKS of one tenant, or of all tenants of the clouds. As Entra publishes it: without `alg`, in v2 with `issuer`. */
export function jwks(
  world: World,
  options: { tenants: readonly Tenant[]; cloud: Cloud; version: 1 | 2 },
): { keys: readonly object[] } {
  const keys = options.tenants.flatMap((tenant) => {
    const issuer = options.version === 2 ? { issuer: issuerOf(options.cloud, tenant.id, 2) } : {}
    return world.keys.published(`entra:${tenant.id}`).map((key) => {
      const { kty, use, kid, n, e } = publicJwk(key)
      return { kty, use, kid, x5t: kid, n, e, ...issuer }
    })
  })
  return { keys }
}

/** Instance discovery: which authority hosts there are and which are aliases of each other; undefined for a foreign host. */
export function instanceDiscovery(authorizationEndpoint: string | null): object | undefined {
  const endpoint = URL.canParse(authorizationEndpoint ?? '') ? new URL(authorizationEndpoint ?? '') : undefined
  const cloud = clouds.find(({ authorityHosts }) => authorityHosts.includes(endpoint?.hostname ?? ''))
  const segment = endpoint?.pathname.split('/')[1]
  if (cloud === undefined || endpoint === undefined || segment === undefined || segment === '') return undefined
  return {
    tenant_discovery_endpoint: `https://${endpoint.hostname}/${segment}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: clouds.map(({ authorityHosts }) => ({
      preferred_network: authorityHosts[0],
      preferred_cache: authorityHosts[0],
      aliases: authorityHosts,
    })),
  }
}

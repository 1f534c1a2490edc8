import type { Tenant } from '../config.ts'

/** One national cloud of Entra: its names, and what its tokens say of it. */
export type Cloud = {
  readonly name: NonNullable<Tenant['cloud']>
  /** Hosts of the token endpoint; the first one stands in `iss` of v2 tokens. */
  readonly authorityHosts: readonly [string, ...string[]]
  /** Host in `iss` of v1 tokens. */
  readonly stsHost: string
  readonly graphHost: string
  readonly armHost: string
  /** What discovery says of the cloud. */
  readonly instanceName: string
  readonly regionScope: string
  /** Where people type in a device code. */
  readonly deviceLogin: string
}

/** Hosts: Microsoft's national-cloud page and Azure CLI's cloud table (protocols §2). */
export const clouds: readonly Cloud[] = [
  {
    name: 'public',
    authorityHosts: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com'],
    stsHost: 'sts.windows.net',
    graphHost: 'graph.microsoft.com',
    armHost: 'management.azure.com',
    instanceName: 'microsoftonline.com',
    regionScope: 'NA',
    deviceLogin: 'https://microsoft.com/devicelogin',
  },
  {
    name: 'us-government',
    authorityHosts: ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
    // [K] assumption: v1 tokens of US Government tenants carry the public cloud's issuer host.
    stsHost: 'sts.windows.net',
    graphHost: 'graph.microsoft.us',
    armHost: 'management.usgovcloudapi.net',
    instanceName: 'microsoftonline.us',
    regionScope: 'USGov',
    // [K] assumption: the address outside the public cloud.
    deviceLogin: 'https://microsoft.com/deviceloginus',
  },
  {
    name: 'china',
    authorityHosts: ['login.partner.microsoftonline.cn', 'login.chinacloudapi.cn'],
    // [K] assumption: issuer host of v1 tokens in China.
    stsHost: 'sts.chinacloudapi.cn',
    graphHost: 'microsoftgraph.chinacloudapi.cn',
    armHost: 'management.chinacloudapi.cn',
    instanceName: 'partner.microsoftonline.cn',
    // [K] assumption: the region's name in discovery, and the address for device codes.
    regionScope: 'AS',
    deviceLogin: 'https://microsoft.com/deviceloginchina',
  },
]

/** Regional names of the public authority; no app outside Microsoft may use them (AADSTS100007). */
const REGIONAL = /^[a-z0-9]+\.login\.microsoft\.com$/

/** Where people type in their device codes. */
export const DEVICE_LOGIN_HOST = 'microsoft.com'

/** Whether the Entra stand-in answers for the host. */
export function isEntraHost(host: string): boolean {
  return entraHosts.has(host) || isRegional(host) || host === DEVICE_LOGIN_HOST
}

/** Whether the host is a regional name of the authority. */
export function isRegional(host: string): boolean {
  return REGIONAL.test(host)
}

/** Every host that gives tokens or publishes keys, in any cloud: no assertion may come from one without more ado. */
export const entraHosts: ReadonlySet<string> = new Set(
  clouds.flatMap((cloud) => [...cloud.authorityHosts, cloud.stsHost]),
)

/** The cloud whose token endpoint the host is; undefined for the hosts that only publish keys. */
export function cloudOfAuthority(host: string): Cloud | undefined {
  return clouds.find((cloud) => cloud.authorityHosts.includes(host) || (cloud.name === 'public' && isRegional(host)))
}

/** The clouds whose discovery documents and keys the host publishes. */
export function cloudsPublishedAt(host: string): readonly Cloud[] {
  return clouds.filter((cloud) => cloud.stsHost === host || cloud.authorityHosts.includes(host))
}

/** The cloud of a tenant. */
export function cloudOf(tenant: Tenant): Cloud {
  const name = tenant.cloud ?? 'public'
  const found = clouds.find((cloud) => cloud.name === name)
  if (found === undefined) throw new Error(`no cloud ${name}`)
  return found
}

/** `iss` of the tenant's tokens: v1 ends in a slash, v2 does not. */
export function issuerOf(cloud: Cloud, tenantId: string, version: 1 | 2): string {
  return version === 1 ? `https://${cloud.stsHost}/${tenantId}/` : `https://${cloud.authorityHosts[0]}/${tenantId}/v2.0`
}

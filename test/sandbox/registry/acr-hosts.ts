import type { World } from '../world.ts'
import type { AcrRegistry } from './acr-config.ts'

/** One login server: the registry's own, or that of one of its replicas. */
export type AcrEndpoint = {
  readonly registry: AcrRegistry
  readonly host: string
  /** Only of regional endpoints. */
  readonly region?: string
}

/** What differs between the clouds that have ACR (Azure CLI's cloud table, protocols.md section 2 and 7). */
export type AcrCloud = { readonly armAudiences: readonly string[]; readonly blobSuffix: string }

const CLOUDS: Readonly<Record<string, AcrCloud>> = {
  'azurecr.io': {
    armAudiences: ['https://management.azure.com', 'https://management.core.windows.net'],
    blobSuffix: 'blob.core.windows.net',
  },
  'azurecr.us': {
    armAudiences: ['https://management.usgovcloudapi.net', 'https://management.core.usgovcloudapi.net'],
    blobSuffix: 'blob.core.usgovcloudapi.net',
  },
  'azurecr.cn': {
    armAudiences: ['https://management.chinacloudapi.cn', 'https://management.core.chinacloudapi.cn'],
    blobSuffix: 'blob.core.chinacloudapi.cn',
  },
}

/** Storage hosts of the three clouds. */
export const BLOB_SUFFIXES: readonly string[] = Object.values(CLOUDS).map(({ blobSuffix }) => blobSuffix)

/**
 * Registry names have 5 to 50 letters and digits. [K] assumption: the hash of a domain name label, and that its registry has the
 * same form of regional and data hosts.
 */
const LOGIN_SERVER = /^([a-z0-9]{5,50}(?:-[a-z0-9]{4,20})?)\.(azurecr\.(?:io|us|cn))$/

/** Whether a registry could have this login server. */
export const isLoginServer = (text: string): boolean => LOGIN_SERVER.test(text)

/** The cloud that a login server belongs to. */
export const cloudOfLoginServer = (loginServer: string): AcrCloud => {
  const suffix = /azurecr\.[a-z]+$/.exec(loginServer)?.[0] ?? ''
  const cloud = CLOUDS[suffix]
  if (cloud === undefined) throw new Error(`${loginServer} is in no cloud that has ACR`)
  return cloud
}

/** Login server of one replica (Microsoft's container-registry-endpoint-reference). */
export const regionalHost = (loginServer: string, region: string): string => insert(loginServer, `${region}.geo`)

/** Host of one replica's blobs, where the registry has dedicated data endpoints. */
export const dataHost = (loginServer: string, region: string): string => insert(loginServer, `${region}.data`)

const insert = (loginServer: string, labels: string): string => loginServer.replace('.', `.${labels}.`)

/** The endpoint behind a host name; undefined when no configured registry has it. */
export const findAcrEndpoint = (world: World, host: string): AcrEndpoint | undefined => {
  for (const registry of world.config.acrRegistries) {
    if (registry.loginServer === host) return { registry, host }
    const regions = registry.regionalEndpoints === true ? (registry.replicas ?? []) : []
    const region = regions.find((candidate) => regionalHost(registry.loginServer, candidate) === host)
    if (region !== undefined) return { registry, host, region }
  }
  return undefined
}

/** Whether the host is one that ACR sends pullers to, of a configured registry. */
export const isDataHost = (world: World, host: string): boolean =>
  world.config.acrRegistries.some(
    ({ dedicatedDataEndpoints, loginServer, replicas = [] }) =>
      dedicatedDataEndpoints === true && replicas.some((region) => dataHost(loginServer, region) === host),
  )

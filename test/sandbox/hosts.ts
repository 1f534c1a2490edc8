import { dnsSuffix, partitionOf } from './aws/hosts.ts'
import type { SandboxConfig } from './config.ts'
import { cloudOf } from './entra/clouds.ts'
import { starportHost, storageAccountOf } from './registry/blob-links.ts'
import type { StandIn } from './stand-in.ts'

/** Hosts that a client of this state is likely to ask, by the name of the stand-in that owns each. Stand-ins own more hosts than these. */
export function hostsOf(
  config: SandboxConfig,
  standIns: readonly StandIn[],
): Readonly<Record<string, readonly string[]>> {
  const hosts = [
    ...new Set([
      ...entraHosts(config),
      ...awsHosts(config),
      ...acrHosts(config),
      ...clusterHosts(config),
      ...sinkHosts(config),
    ]),
  ]
  const owned = Map.groupBy(hosts, (host) => standIns.find((standIn) => standIn.owns(host))?.name ?? '')
  return Object.fromEntries(standIns.map(({ name }) => [name, owned.get(name) ?? []]))
}

function entraHosts({ issuers, tenants }: SandboxConfig): readonly string[] {
  const clouds = tenants.map((tenant) => cloudOf(tenant))
  return [
    ...issuers.map(({ url }) => new URL(url).hostname),
    ...clouds.flatMap(({ authorityHosts, stsHost }) => [...authorityHosts, stsHost]),
  ]
}

function sinkHosts({ recordSinks = [], logIngestion = [], accounts }: SandboxConfig): readonly string[] {
  const buckets = accounts.flatMap(({ buckets: own = [] }) => own)
  return [
    ...[...recordSinks, ...logIngestion].map(({ host }) => host),
    ...buckets.map(({ name, region }) => `${name}.s3.${region}.${dnsSuffix(partitionOf(region))}`),
  ]
}

function awsHosts({ accounts }: SandboxConfig): readonly string[] {
  return accounts.flatMap(({ id, repositories }) => [
    'sts.amazonaws.com',
    ...repositories.flatMap(({ region }) => {
      const suffix = dnsSuffix(partitionOf(region))
      const services = [`sts.${region}.${suffix}`, `api.ecr.${region}.${suffix}`, `${id}.dkr.ecr.${region}.${suffix}`]
      return [...services, starportHost(region)]
    }),
  ])
}

function clusterHosts({ clusters = [] }: SandboxConfig): readonly string[] {
  return clusters.map(({ host }) => host)
}

function acrHosts({ acrRegistries }: SandboxConfig): readonly string[] {
  return acrRegistries.flatMap(({ loginServer }) => [
    loginServer,
    `${storageAccountOf(loginServer)}.blob.core.windows.net`,
  ])
}

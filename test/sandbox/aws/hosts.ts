import { PARTITIONS } from './regions.ts'
import type { Partition, PartitionFacts } from './regions.ts'

/** A service that has endpoints in regions. */
export type Service = 'sts' | 'ecr' | 'ecr-public' | 'iam'

const PARTITION_OF_PREFIX: readonly (readonly [string, Partition])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['eusc-', 'aws-eusc'],
]

/** The partition that a region belongs to, by its name. */
export const partitionOf = (region: string): Partition =>
  PARTITION_OF_PREFIX.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws'

/** The DNS suffix of a partition's classic endpoints. */
export const dnsSuffix = (partition: Partition): string => PARTITIONS[partition].dnsSuffix

/** Whether AWS has a region of this name. */
export const isKnownRegion = (region: string): boolean => PARTITIONS[partitionOf(region)].regions.includes(region)

/** Whether an account has to enable the region before it can be used. */
export const isOptIn = (region: string): boolean => PARTITIONS[partitionOf(region)].optIn.includes(region)

type Named = { readonly region: string; readonly partition: Partition; readonly facts: PartitionFacts }

/** GovCloud's plain STS endpoint is its FIPS endpoint (rules of client-sts). */
const hasOwnFips = ({ region, partition, facts }: Named): boolean =>
  facts.fips.includes(region) && partition !== 'aws-us-gov'

const stsHosts = (named: Named): readonly string[] => {
  const { region, facts } = named
  return [
    `sts.${region}.${facts.dnsSuffix}`,
    `sts.${region}.${facts.dualStackSuffix}`,
    ...(hasOwnFips(named) ? [`sts-fips.${region}.${facts.dnsSuffix}`] : []),
    ...(facts.fips.includes(region) ? [`sts-fips.${region}.${facts.dualStackSuffix}`] : []),
  ]
}

const ecrHosts = ({ region, facts }: Named): readonly string[] => [
  `api.ecr.${region}.${facts.dnsSuffix}`,
  `ecr.${region}.${facts.dualStackSuffix}`,
  ...(facts.fips.includes(region)
    ? [`api.ecr-fips.${region}.${facts.dnsSuffix}`, `ecr-fips.${region}.${facts.dualStackSuffix}`]
    : []),
]

/** ECR Public is served from one region only. */
const ECR_PUBLIC_REGION = 'us-east-1'

const ecrPublicHosts = ({ region, facts }: Named): readonly string[] =>
  region === ECR_PUBLIC_REGION
    ? [`api.ecr-public.${region}.${facts.dnsSuffix}`, `ecr-public.${region}.${facts.dualStackSuffix}`]
    : []

/** IAM has one endpoint for a partition, which signs as one region (AWS General Reference; [K] of aws-eusc). */
const IAM_HOSTS: ReadonlyMap<string, string> = new Map([
  ['iam.amazonaws.com', 'us-east-1'],
  ['iam.us-gov.amazonaws.com', 'us-gov-west-1'],
  ['iam.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ['iam.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
])

/** The legacy global endpoint signs as us-east-1. */
const GLOBAL_STS = 'sts.amazonaws.com'
const GLOBAL_STS_REGION = 'us-east-1'

const regionsByHost = (hostsOf: (named: Named) => readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    (Object.keys(PARTITIONS) as Partition[]).flatMap((partition) => {
      const facts = PARTITIONS[partition]
      return facts.regions.flatMap((region) =>
        hostsOf({ region, partition, facts }).map((host): [string, string] => [host, region]),
      )
    }),
  )

/** Every endpoint of the services by its whole name (protocols.md §5.4, §6; endpoint rules of the SDKs). */
const REGION_OF: Readonly<Record<Service, ReadonlyMap<string, string>>> = {
  sts: new Map([...regionsByHost(stsHosts), [GLOBAL_STS, GLOBAL_STS_REGION]]),
  ecr: regionsByHost(ecrHosts),
  'ecr-public': regionsByHost(ecrPublicHosts),
  iam: IAM_HOSTS,
}

/** The region that a service's host name stands for; undefined when the name is none of that service's endpoints. */
export const regionOfHost = (service: Service, host: string): string | undefined => REGION_OF[service].get(host)

/** Whether the host is the legacy endpoint that serves no region of its own. */
export const isGlobalSts = (host: string): boolean => host === GLOBAL_STS

/** One AWS partition: what its ARNs say and what its host names end in. Source: the partition table of the AWS SDK (version 1.1). */
export type Partition = {
  readonly name: (typeof partitionNames)[number]
  readonly regions: RegExp
  readonly suffix: string
  readonly dualStackSuffix: string
}

/** Which of a service's endpoints are meant, beside the plain one. */
export type AwsEndpoints = { readonly fips: boolean; readonly dualStack: boolean }

/** The endpoints that a region has always had. */
export const plainEndpoints: AwsEndpoints = { fips: false, dualStack: false }

/** What the endpoints are called by who chooses them. */
export const awsEndpointNames = ['plain', 'fips', 'dual-stack', 'fips-dual-stack'] as const

export type AwsEndpointsName = (typeof awsEndpointNames)[number]

/** The endpoints of a name. */
export function awsEndpointsOf(name: AwsEndpointsName): AwsEndpoints {
  return { fips: name.startsWith('fips'), dualStack: name.endsWith('dual-stack') }
}

/** Names as ARNs have them. */
export const partitionNames = [
  'aws',
  'aws-us-gov',
  'aws-cn',
  'aws-eusc',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
] as const

/** What a region looks like in any partition: `eu-central-1`, `us-gov-west-1`, `eusc-de-east-1`. */
export const regionPattern = /^[a-z]{2,4}(-[a-z]+)+-\d+$/

const commercial = /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/

type Row = readonly [name: Partition['name'], regions: RegExp, suffix: string, dualStackSuffix: string]

const rows: readonly Row[] = [
  ['aws', commercial, 'amazonaws.com', 'api.aws'],
  ['aws-us-gov', /^us-gov-\w+-\d+$/, 'amazonaws.com', 'api.aws'],
  ['aws-cn', /^cn-\w+-\d+$/, 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  ['aws-eusc', /^eusc-de-\w+-\d+$/, 'amazonaws.eu', 'api.amazonwebservices.eu'],
  ['aws-iso', /^us-iso-\w+-\d+$/, 'c2s.ic.gov', 'api.aws.ic.gov'],
  ['aws-iso-b', /^us-isob-\w+-\d+$/, 'sc2s.sgov.gov', 'api.aws.scloud'],
  ['aws-iso-e', /^eu-isoe-\w+-\d+$/, 'cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
  ['aws-iso-f', /^us-isof-\w+-\d+$/, 'csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
]

const partitions: readonly Partition[] = rows.map(([name, regions, suffix, dualStackSuffix]) => ({
  name,
  regions,
  suffix,
  dualStackSuffix,
}))

/** The partition of a region; undefined when no partition has regions of that name. */
export function partitionOf(region: string): Partition | undefined {
  return partitions.find((partition) => partition.regions.test(region))
}

/** Whether a host is one of AWS's own: what is below the suffixes of the partitions. */
export function isAwsHost(host: string): boolean {
  return partitions.some(({ suffix, dualStackSuffix }) =>
    [suffix, dualStackSuffix].some((end) => host.endsWith(`.${end}`)),
  )
}

/** Host of a service's endpoint in a region, as most services call theirs. */
export function serviceHost(service: string, region: string): string {
  return `${service}.${region}.${suffixesOf(region).suffix}`
}

/** Host of the regional STS endpoint. The global one is legacy and is never used. Source: endpoint rules of client-sts. */
export function stsHost(region: string, endpoints: AwsEndpoints = plainEndpoints): string {
  const { name, suffix, dualStackSuffix } = suffixesOf(region)
  if (endpoints.dualStack) return `sts${endpoints.fips ? '-fips' : ''}.${region}.${dualStackSuffix}`
  // GovCloud's plain endpoint is its FIPS endpoint.
  const isOwnFips = endpoints.fips && name !== 'aws-us-gov'
  return `sts${isOwnFips ? '-fips' : ''}.${region}.${suffix}`
}

/** Host of the regional ECR API endpoint. Source: endpoint rules of client-ecr. */
export function ecrApiHost(region: string, { fips, dualStack }: AwsEndpoints = plainEndpoints): string {
  const { suffix, dualStackSuffix } = suffixesOf(region)
  const service = fips ? 'ecr-fips' : 'ecr'
  return dualStack ? `${service}.${region}.${dualStackSuffix}` : `api.${service}.${region}.${suffix}`
}

/** Where registries have dual-stack hosts: `on.aws` where the APIs are below `api.aws`. [K] outside of aws and aws-us-gov. */
export function dualStackRegistrySuffix({ dualStackSuffix }: Partition): string {
  return dualStackSuffix.replace(/^api\./, 'on.')
}

/** A region that no partition knows is one of the first partition that is newer than this table. */
function suffixesOf(region: string): Pick<Partition, 'name' | 'suffix' | 'dualStackSuffix'> {
  return partitionOf(region) ?? { name: 'aws', suffix: 'amazonaws.com', dualStackSuffix: 'api.aws' }
}

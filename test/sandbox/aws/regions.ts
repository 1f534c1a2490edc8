/** An AWS partition that the sandbox knows. */
export type Partition = 'aws' | 'aws-us-gov' | 'aws-cn' | 'aws-eusc'

/** How a partition names its endpoints, and its regions. */
export type PartitionFacts = {
  readonly dnsSuffix: string
  readonly dualStackSuffix: string
  /** Every region; those that an account has to enable first are in `optIn` too. */
  readonly regions: readonly string[]
  readonly optIn: readonly string[]
  /** Regions with FIPS endpoints of their own. */
  readonly fips: readonly string[]
}

/** Regions that accounts have from the start: those that AWS opened before March 2019. */
const DEFAULT_REGIONS =
  `ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1
  eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2`.split(/\s+/)

const OPT_IN_REGIONS = `af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5
  ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1
  me-west-1 mx-central-1 sa-west-1`.split(/\s+/)

/** [K] assumption: only the regions of the United States have FIPS endpoints; the SDKs make the name for every region. */
const FIPS_REGIONS = ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2']

/** Partitions with names and regions as the SDKs' endpoint rules have them (client-sts 3.1173.0, partitions version 1.1). */
export const PARTITIONS: Readonly<Record<Partition, PartitionFacts>> = {
  aws: {
    dnsSuffix: 'amazonaws.com',
    dualStackSuffix: 'api.aws',
    regions: [...DEFAULT_REGIONS, ...OPT_IN_REGIONS],
    optIn: OPT_IN_REGIONS,
    fips: FIPS_REGIONS,
  },
  'aws-us-gov': {
    dnsSuffix: 'amazonaws.com',
    dualStackSuffix: 'api.aws',
    regions: ['us-gov-east-1', 'us-gov-west-1'],
    optIn: [],
    fips: ['us-gov-east-1', 'us-gov-west-1'],
  },
  'aws-cn': {
    dnsSuffix: 'amazonaws.com.cn',
    dualStackSuffix: 'api.amazonwebservices.com.cn',
    regions: ['cn-north-1', 'cn-northwest-1'],
    optIn: [],
    fips: [],
  },
  'aws-eusc': {
    dnsSuffix: 'amazonaws.eu',
    dualStackSuffix: 'api.amazonwebservices.eu',
    regions: ['eusc-de-east-1'],
    optIn: [],
    fips: [],
  },
}

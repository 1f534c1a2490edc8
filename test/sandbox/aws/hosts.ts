/** An AWS partition that the sandbox knows. */
export type Partition = 'aws' | 'aws-us-gov' | 'aws-cn'

const REGION = String.raw`((?:us-gov|[a-z]{2})-[a-z]+-\d)`

/** The endpoint rules of the two services (protocols.md §5.4, §6); group 1 is the region. */
const ENDPOINTS = {
  sts: [`sts(?:-fips)?\\.${REGION}\\.(amazonaws\\.com|amazonaws\\.com\\.cn|api\\.aws)`],
  ecr: [
    `api\\.ecr(?:-fips)?\\.${REGION}\\.(amazonaws\\.com|amazonaws\\.com\\.cn)`,
    `ecr(?:-fips)?\\.${REGION}\\.(api\\.aws)`,
  ],
} as const

/** The legacy global endpoint signs as us-east-1. */
const GLOBAL_STS = 'sts.amazonaws.com'
const GLOBAL_STS_REGION = 'us-east-1'

const PARTITION_OF_PREFIX: readonly (readonly [string, Partition])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
]

/** The partition that a region belongs to. */
export const partitionOf = (region: string): Partition =>
  PARTITION_OF_PREFIX.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws'

/** The DNS suffix of a partition's classic endpoints. */
export const dnsSuffix = (partition: Partition): string =>
  partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'

/** The region that a service's host name stands for; undefined when the name is none of that service's endpoints. */
export const regionOfHost = (service: keyof typeof ENDPOINTS, host: string): string | undefined => {
  if (service === 'sts' && host === GLOBAL_STS) return GLOBAL_STS_REGION
  for (const endpoint of ENDPOINTS[service]) {
    const [, region, suffix] = new RegExp(`^${endpoint}$`).exec(host) ?? []
    // China has its own suffix: sts.cn-north-1.amazonaws.com does not exist, nor sts.us-east-1.amazonaws.com.cn.
    if (region !== undefined && suffix?.endsWith('.cn') === (partitionOf(region) === 'aws-cn')) return region
  }
  return undefined
}

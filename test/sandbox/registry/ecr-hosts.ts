/** Account and region, as a registry's host name spells them. */
export type EcrHost = { readonly account: string; readonly region: string }

type RegionPartition = {
  readonly partition: 'aws' | 'aws-us-gov' | 'aws-cn' | 'aws-eusc'
  /** Suffix of the partition's classic endpoints. */
  readonly suffix: string
  /** Whether ECR has dual-stack hosts there: in China there are none (docker/login-action 874). [K] assumption: nor in aws-eusc. */
  readonly hasDualStack: boolean
}

const AWS: RegionPartition = { partition: 'aws', suffix: 'amazonaws.com', hasDualStack: true }

/** By prefix of the region. The European Sovereign Cloud's host: docker/login-action 908, fluxcd/flux2 5669. */
const PARTITIONS: readonly (readonly [string, RegionPartition])[] = [
  ['cn-', { partition: 'aws-cn', suffix: 'amazonaws.com.cn', hasDualStack: false }],
  ['us-gov-', { partition: 'aws-us-gov', suffix: 'amazonaws.com', hasDualStack: true }],
  ['eusc-', { partition: 'aws-eusc', suffix: 'amazonaws.eu', hasDualStack: false }],
]

/** The partition that a region belongs to, as ECR's hosts and ARNs need it. */
export const partitionOfRegion = (region: string): RegionPartition =>
  PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? AWS

/** [K] assumption: the regions with FIPS hosts: those of the United States. */
const HAS_FIPS = /^us-/

const REGION = String.raw`((?:us-gov|eusc|[a-z]{2})-[a-z]+-\d)`
const CLASSIC = new RegExp(String.raw`^(\d{12})\.dkr\.ecr(-fips)?\.${REGION}\.(amazonaws\.(?:com|com\.cn|eu))$`)
/** Documented as `<registry-id>.dkr-ecr.<region>.on.aws` (AWS's ecr-requests). [K] assumption: its FIPS form. */
const DUAL_STACK = new RegExp(String.raw`^(\d{12})\.dkr-ecr(-fips)?\.${REGION}\.on\.aws$`)

/** Account and region of a private registry's host, in any of its forms; undefined for any other host. */
export const parseEcrHost = (host: string): EcrHost | undefined => {
  const [, account, fips, region, suffix] = CLASSIC.exec(host) ?? DUAL_STACK.exec(host) ?? []
  if (account === undefined || region === undefined) return undefined
  const partition = partitionOfRegion(region)
  const exists = suffix === undefined ? partition.hasDualStack : suffix === partition.suffix
  return exists && (fips === undefined || HAS_FIPS.test(region)) ? { account, region } : undefined
}

/** The host that a registry is known by: FIPS and dual-stack hosts lead to the same content. */
export const classicEcrHost = ({ account, region }: EcrHost): string =>
  `${account}.dkr.ecr.${region}.${partitionOfRegion(region).suffix}`

/** ARN of a repository. */
export const ecrRepositoryArn = ({ account, region }: EcrHost, name: string): string =>
  `arn:${partitionOfRegion(region).partition}:ecr:${region}:${account}:repository/${name}`

/** One AWS partition: what its ARNs say and what its host names end in. Source: AWS SDK endpoint rules. */
export type Partition = {
  readonly name: 'aws' | 'aws-us-gov' | 'aws-cn'
  readonly regions: RegExp
  readonly suffix: string
}

const partitions: readonly Partition[] = [
  { name: 'aws-us-gov', regions: /^us-gov-\w+-\d+$/, suffix: 'amazonaws.com' },
  { name: 'aws-cn', regions: /^cn-\w+-\d+$/, suffix: 'amazonaws.com.cn' },
  { name: 'aws', regions: /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/, suffix: 'amazonaws.com' },
]

/** The partition of a region; undefined when no partition has regions of that name. */
export function partitionOf(region: string): Partition | undefined {
  return partitions.find((partition) => partition.regions.test(region))
}

/** Host of the regional STS endpoint. The global one is legacy and is never used. */
export function stsHost(region: string): string {
  return `sts.${region}.${suffixOf(region)}`
}

/** Host of the regional ECR API endpoint. */
export function ecrApiHost(region: string): string {
  return `api.ecr.${region}.${suffixOf(region)}`
}

function suffixOf(region: string): string {
  return partitionOf(region)?.suffix ?? 'amazonaws.com'
}

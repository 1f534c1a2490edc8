import { partitionOf, type Partition } from './partitions.ts'

/** What the host name of a private ECR registry says. */
export type EcrHost = {
  readonly host: string
  readonly accountId: string
  readonly region: string
  readonly partition: Partition['name']
}

/** Reads `<account>.dkr.ecr.<region>.amazonaws.com[.cn]`; undefined for every other host. Compared whole, never by ending. */
export function parseEcrHost(host: string): EcrHost | undefined {
  const match = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)$/.exec(host)
  const [, accountId, region, suffix] = match ?? []
  if (accountId === undefined || region === undefined) return undefined
  const partition = partitionOf(region)
  return partition !== undefined && partition.suffix === suffix
    ? { host, accountId, region, partition: partition.name }
    : undefined
}

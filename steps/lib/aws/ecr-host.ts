import { dualStackRegistrySuffix, partitionOf, type AwsEndpoints, type Partition } from './partitions.ts'

/** What the host name of a private ECR registry says. */
export type EcrHost = {
  readonly host: string
  readonly accountId: string
  readonly region: string
  readonly partition: Partition['name']
  /** A FIPS or dual-stack registry is reached by FIPS or dual-stack endpoints of the ECR API and of STS, and by no others. */
  readonly endpoints: AwsEndpoints
}

const classic = /^(\d{12})\.dkr\.ecr(-fips)?\.([a-z0-9-]+)\.([a-z0-9.-]+)$/
const dualStack = /^(\d{12})\.dkr-ecr(-fips)?\.([a-z0-9-]+)\.([a-z0-9.-]+)$/

/**
 * Reads `<account>.dkr.ecr[-fips].<region>.<suffix>` and the dual-stack `<account>.dkr-ecr[-fips].<region>.on.aws`, with the
 * suffix of the region's own partition; undefined for every other host. Compared whole, never by ending.
 */
export function parseEcrHost(host: string): EcrHost | undefined {
  return (
    readHost(classic.exec(host), false, ({ suffix }) => suffix) ??
    readHost(dualStack.exec(host), true, dualStackRegistrySuffix)
  )
}

function readHost(
  match: RegExpExecArray | null,
  isDualStack: boolean,
  suffixOf: (partition: Partition) => string,
): EcrHost | undefined {
  const [host, accountId, fips, region, suffix] = match ?? []
  if (host === undefined || accountId === undefined || region === undefined) return undefined
  const partition = partitionOf(region)
  if (partition === undefined || suffixOf(partition) !== suffix) return undefined
  const endpoints = { fips: fips !== undefined, dualStack: isDualStack }
  return { host, accountId, region, partition: partition.name, endpoints }
}

/** Hosts of ECR Public by the form of their address. [K] that the dual-stack one takes pushes and has its own `/token/`. */
const publicHosts: Readonly<Record<string, AwsEndpoints>> = {
  'public.ecr.aws': { fips: false, dualStack: false },
  'ecr-public.aws.com': { fips: false, dualStack: true },
}

/** What a host of ECR Public says; all accounts of the partition aws share it. */
export type EcrPublicHost = { readonly host: string; readonly endpoints: AwsEndpoints }

/** Reads a host of ECR Public; undefined for every other host. */
export function parseEcrPublicHost(host: string): EcrPublicHost | undefined {
  const endpoints = Object.hasOwn(publicHosts, host) ? publicHosts[host] : undefined
  return endpoints === undefined ? undefined : { host, endpoints }
}

/** `<alias>/<name>` as a reference to ECR Public has it: the API knows the repository by its name alone. Undefined without an alias. */
export function parsePublicRepository(
  repository: string,
): { readonly alias: string; readonly name: string } | undefined {
  const slash = repository.indexOf('/')
  if (slash < 1 || slash === repository.length - 1) return undefined
  return { alias: repository.slice(0, slash), name: repository.slice(slash + 1) }
}

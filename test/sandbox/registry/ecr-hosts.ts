import { dnsSuffix, partitionOf } from '../aws/hosts.ts'
import { PARTITIONS } from '../aws/regions.ts'
import type { Partition } from '../aws/regions.ts'

/** Account and region, as a registry's host name spells them. */
export type EcrHost = { readonly account: string; readonly region: string }

/** Partitions whose registries have dual-stack hosts: China has none (docker/login-action 874). [K] assumption: nor aws-eusc. */
const DUAL_STACK_PARTITIONS: readonly Partition[] = ['aws', 'aws-us-gov']

const REGION = String.raw`([a-z]{2,4}(?:-[a-z]+)+-\d)`
/** The European Sovereign Cloud's suffix: docker/login-action 908, fluxcd/flux2 5669. */
const CLASSIC = new RegExp(String.raw`^(\d{12})\.dkr\.ecr(-fips)?\.${REGION}\.(amazonaws\.(?:com|com\.cn|eu))$`)
/** Documented as `<registry-id>.dkr-ecr.<region>.on.aws` (AWS's ecr-requests). [K] assumption: its FIPS form. */
const DUAL_STACK = new RegExp(String.raw`^(\d{12})\.dkr-ecr(-fips)?\.${REGION}\.on\.aws$`)

/** Account and region of a private registry's host, in any of its forms; undefined for any other host. */
export const parseEcrHost = (host: string): EcrHost | undefined => {
  const [, account, fips, region, suffix] = CLASSIC.exec(host) ?? DUAL_STACK.exec(host) ?? []
  if (account === undefined || region === undefined) return undefined
  const partition = partitionOf(region)
  const { regions, fips: withFips } = PARTITIONS[partition]
  const exists = suffix === undefined ? DUAL_STACK_PARTITIONS.includes(partition) : suffix === dnsSuffix(partition)
  const isRegion = (fips === undefined ? regions : withFips).includes(region)
  return exists && isRegion ? { account, region } : undefined
}

/** The host that a registry is known by: FIPS and dual-stack hosts lead to the same content. */
export const classicEcrHost = ({ account, region }: EcrHost): string =>
  `${account}.dkr.ecr.${region}.${dnsSuffix(partitionOf(region))}`

/** ARN of a repository. */
export const ecrRepositoryArn = ({ account, region }: EcrHost, name: string): string =>
  `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${name}`

import type { AzureCloudName } from '../lib/azure/clouds.ts'
import type { EcrHost } from '../lib/aws/ecr-host.ts'
import { ecrPublicRegion } from '../lib/aws/ecr-public-region.ts'
import { partitionOf } from '../lib/aws/partitions.ts'
import { parseRoleArn, type RoleArn } from '../lib/aws/role-arn.ts'
import { stepError, type Fault } from '../lib/core/errors.ts'
import type { RegistryHost } from '../lib/federation/registry-host.ts'
import { checkCombinations, type CombinedInputs } from './combinations.ts'
import { readDestination, type Destination, type DestinationParam } from './destination.ts'

/** As which role destinations in AWS are pushed to. */
export type AwsIdentity = { readonly role: RoleArn; readonly tokenResource: string; readonly region: string }

/** All that the image goes to, `image` first, each repository once. */
export type Destinations = {
  /** The param `image` as registries spell it. */
  readonly url: string
  readonly all: readonly [Destination, ...Destination[]]
  readonly aws: AwsIdentity | undefined
}

/** The inputs that the destinations follow from; undefined is what was not given, or faulty by itself. */
export type DestinationInputs = CombinedInputs & {
  readonly image?: string | undefined
  readonly images?: readonly string[] | undefined
  readonly tags?: readonly string[] | undefined
  readonly identity?: string | undefined
  readonly 'azure-cloud'?: AzureCloudName | undefined
  readonly 'aws-role-arn'?: string | undefined
  readonly 'aws-token-resource'?: string | undefined
  readonly 'aws-region'?: string | undefined
}

/** What is wrong with the inputs taken together. */
export function checkDestinations(inputs: DestinationInputs): readonly Fault[] {
  const faults: Fault[] = []
  const destinations = resolve(inputs, faults)
  return [...faults, ...checkCombinations(inputs, destinations?.all)]
}

/** The destinations of inputs that passed {@link checkDestinations}. Throws AWS_ACCOUNT_NOT_ALLOWED; nothing has been sent anywhere by then. */
export function readDestinations(
  inputs: DestinationInputs & { readonly 'allowed-accounts': readonly string[] },
): Destinations {
  const destinations = resolve(inputs, [])
  if (destinations === undefined) throw new TypeError('destinations that cannot be read passed the checks')
  requireAllowedAccounts(destinations, inputs['allowed-accounts'])
  return destinations
}

function resolve(inputs: DestinationInputs, faults: Fault[]): Destinations | undefined {
  const cloud = inputs['azure-cloud']
  if (inputs.image === undefined || cloud === undefined) return undefined
  const texts: (readonly [DestinationParam, string])[] = [
    ['image', inputs.image],
    ...(inputs.images ?? []).map((text) => ['images', text] as const),
  ]
  const read = texts.map(([param, text]) => readDestination(param, text, { cloud, tags: inputs.tags ?? [], faults }))
  const [first, ...others] = mergeRepositories(read.filter((one) => one !== undefined))
  if (first === undefined || read[0] === undefined) return undefined
  const all = [first, ...others] as const
  return { url: read[0].url, all, aws: readAws(all, inputs, faults) }
}

/** One repository under several tags is one destination: its blobs are looked for once. */
function mergeRepositories(destinations: readonly Destination[]): Destination[] {
  return [...Map.groupBy(destinations, ({ name }) => name).values()].flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const { name, repository, registry } = first
    return [{ name, repository, registry, tags: [...new Set([first, ...others].flatMap(({ tags }) => tags))] }]
  })
}

/** One session serves all destinations in AWS: they must be where its role is. */
function readAws(all: readonly Destination[], inputs: DestinationInputs, faults: Fault[]): AwsIdentity | undefined {
  const inAws = all.flatMap(({ registry }) => (registry.kind === 'acr' ? [] : [registry]))
  const [first] = inAws
  if (first === undefined) return undefined
  const needed = ['aws-role-arn', 'aws-token-resource'] as const
  for (const name of needed.filter((candidate) => inputs[candidate] === undefined)) {
    const expected = `a value for ECR, by the param ${name} or by the key ${name} in the ConfigMap ${inputs.identity ?? 'of the identity profile'}`
    faults.push({ param: name, got: 'nothing', expected })
  }
  const region = inputs['aws-region'] ?? placeOf(first).region
  const role = parseRoleArn(inputs['aws-role-arn'] ?? '')
  for (const registry of inAws) {
    const { partition } = placeOf(registry)
    const expected = `of the partition ${partition}, where ${registry.host} is`
    if (partitionOf(region)?.name !== partition)
      faults.push({ param: 'aws-region', got: region, expected: `a region ${expected}` })
    if (role !== undefined && role.partition !== partition)
      faults.push({ param: 'aws-role-arn', got: role.arn, expected: `a role ${expected}` })
  }
  const tokenResource = inputs['aws-token-resource']
  return role === undefined || tokenResource === undefined ? undefined : { role, tokenResource, region }
}

function placeOf(registry: Exclude<RegistryHost, { kind: 'acr' }>): Pick<EcrHost, 'partition' | 'region'> {
  return registry.kind === 'ecr' ? registry.ecr : { partition: 'aws', region: ecrPublicRegion }
}

/** The guard comes before anything is sent: a wrong account must not even see a token. An empty list guards nothing. */
function requireAllowedAccounts({ all, aws }: Destinations, allowed: readonly string[]): void {
  if (aws === undefined || allowed.length === 0) return
  // An alias of ECR Public names no account; AWS lets a role push under its own account's alias only.
  const registries = all.flatMap(({ registry, name }) =>
    registry.kind === 'ecr' ? [[`registry of ${name}`, registry.ecr.accountId] as const] : [],
  )
  for (const [source, account] of [['role of aws-role-arn', aws.role.accountId] as const, ...registries]) {
    if (allowed.includes(account)) continue
    throw stepError('AWS_ACCOUNT_NOT_ALLOWED', { source, account, 'allowed accounts': allowed.join(' ') })
  }
}

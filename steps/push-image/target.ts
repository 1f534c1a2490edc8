import { parsePublicRepository } from '../lib/aws/ecr-host.ts'
import { ecrPublicRegion } from '../lib/aws/ecr-public-region.ts'
import { partitionOf } from '../lib/aws/partitions.ts'
import { parseRoleArn, type RoleArn } from '../lib/aws/role-arn.ts'
import { classifyRegistryHost, supportedHosts, type RegistryHost } from '../lib/federation/registry-host.ts'
import type { AzureCloudName } from '../lib/azure/clouds.ts'
import { stepError, type Fault } from '../lib/core/errors.ts'
import { parseReference, type Reference } from '../lib/oci/reference.ts'

/** Where an image goes, and as which role when that is in AWS. */
export type Target = {
  /** The reference as registries spell it: its host in lower case. */
  readonly url: string
  readonly repository: string
  readonly tag: string | undefined
  readonly registry: RegistryHost
  readonly aws: { readonly role: RoleArn; readonly tokenResource: string; readonly region: string } | undefined
}

/** The inputs that the target follows from; undefined is what was not given, or faulty by itself. */
type TargetInputs = {
  readonly image?: string | undefined
  readonly identity?: string | undefined
  readonly 'azure-cloud'?: AzureCloudName | undefined
  readonly 'aws-role-arn'?: string | undefined
  readonly 'aws-token-resource'?: string | undefined
  readonly 'aws-region'?: string | undefined
}

/** What is wrong with the target's inputs taken together. */
export function checkTarget(inputs: TargetInputs): readonly Fault[] {
  const faults: Fault[] = []
  resolveTarget(inputs, faults)
  return faults
}

/** The target of inputs that passed {@link checkTarget}. Throws AWS_ACCOUNT_NOT_ALLOWED; nothing has been sent anywhere by then. */
export function readTarget(inputs: TargetInputs & { readonly 'allowed-accounts': readonly string[] }): Target {
  const target = resolveTarget(inputs, [])
  if (target === undefined) throw new TypeError('a target without a registry passed the checks')
  requireAllowedAccounts(target, inputs['allowed-accounts'])
  return target
}

function resolveTarget(inputs: TargetInputs, faults: Fault[]): Target | undefined {
  const reference = inputs.image === undefined ? undefined : readReference(inputs.image, faults)
  const cloud = inputs['azure-cloud']
  if (reference === undefined || cloud === undefined) return undefined
  const registry = readRegistry(reference, cloud, faults)
  if (registry === undefined) return undefined
  const aws = registry.kind === 'acr' ? undefined : readAws(registry, inputs, faults)
  if (registry.kind === 'ecr-public' && parsePublicRepository(reference.repository) === undefined) {
    faults.push({
      param: 'image (repository)',
      got: reference.repository,
      expected: '<alias>/<repository> on ECR Public',
    })
  }
  const { host, repository, tag } = reference
  const url = `${host}/${repository}${tag === undefined ? '' : `:${tag}`}`
  return { url, repository, tag, registry, aws }
}

function readReference(image: string, faults: Fault[]): Reference | undefined {
  const parsed = parseReference(image)
  if ('fault' in parsed) {
    faults.push({ param: `image (${parsed.fault.part})`, got: parsed.fault.got, expected: parsed.fault.expected })
    return undefined
  }
  if (parsed.digest !== undefined) {
    faults.push({
      param: 'image',
      got: image,
      expected: 'no @digest: the digest is what the push finds out, and its result IMAGE_DIGEST says it',
    })
  }
  return parsed
}

function readRegistry(reference: Reference, cloud: AzureCloudName, faults: Fault[]): RegistryHost | undefined {
  const registry = classifyRegistryHost(reference.host, cloud)
  if (registry === undefined)
    faults.push({ param: 'image (host)', got: reference.host, expected: supportedHosts(cloud) })
  return registry
}

type AwsRegistry = Exclude<RegistryHost, { kind: 'acr' }>

function readAws(registry: AwsRegistry, inputs: TargetInputs, faults: Fault[]): Target['aws'] {
  const { partition, region: registryRegion } =
    registry.kind === 'ecr' ? registry.ecr : ({ partition: 'aws', region: ecrPublicRegion } as const)
  const region = inputs['aws-region'] ?? registryRegion
  if (partitionOf(region)?.name !== partition) {
    const expected = `a region of the partition ${partition}, where ${registry.host} is`
    faults.push({ param: 'aws-region', got: region, expected })
  }
  const needed = ['aws-role-arn', 'aws-token-resource'] as const
  for (const name of needed.filter((candidate) => inputs[candidate] === undefined)) {
    const expected = `a value for ECR, by the param ${name} or by the key ${name} in the ConfigMap ${inputs.identity ?? 'of the identity profile'}`
    faults.push({ param: name, got: 'nothing', expected })
  }
  const role = parseRoleArn(inputs['aws-role-arn'] ?? '')
  const tokenResource = inputs['aws-token-resource']
  if (role === undefined || tokenResource === undefined) return undefined
  if (role.partition !== partition) {
    const expected = `a role of the partition ${partition}, where ${registry.host} is`
    faults.push({ param: 'aws-role-arn', got: role.arn, expected })
  }
  return { role, tokenResource, region }
}

/** The guard comes before anything is sent: a wrong account must not even see a token. An empty list guards nothing. */
function requireAllowedAccounts({ registry, aws }: Target, allowed: readonly string[]): void {
  if (aws === undefined || allowed.length === 0) return
  const used: (readonly [source: string, account: string])[] = [['role of aws-role-arn', aws.role.accountId]]
  // An alias of ECR Public names no account; AWS lets a role push under its own account's alias only.
  if (registry.kind === 'ecr') used.push(['registry of image', registry.ecr.accountId])
  for (const [source, account] of used) {
    if (allowed.includes(account)) continue
    throw stepError('AWS_ACCOUNT_NOT_ALLOWED', { source, account, 'allowed accounts': allowed.join(' ') })
  }
}

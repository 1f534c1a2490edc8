import { requireAllowedAccounts } from '../lib/aws/allowed-accounts.ts'
import { ecrPublicRegion } from '../lib/aws/ecr-public-region.ts'
import { partitionOf } from '../lib/aws/partitions.ts'
import { parseRoleArn, type RoleArn } from '../lib/aws/role-arn.ts'
import type { AzureCloudName } from '../lib/azure/clouds.ts'
import type { Fault } from '../lib/core/errors.ts'
import type { RegistryHost } from '../lib/federation/registry-host.ts'
import { readEntry, type Entry } from './entry.ts'

type AwsHost = Exclude<RegistryHost, { kind: 'acr' }>

/** One registry to log in to; no repositories: all of it. */
export type AcrRegistry = { readonly host: string; readonly repositories: readonly string[] }
export type AwsRegistry = {
  readonly registry: AwsHost
  readonly repositories: readonly string[]
  readonly role: RoleArn
  /** Of the STS endpoint. */
  readonly region: string
}

/** All registries of one call, each once. */
export type Registries = {
  readonly acr: readonly AcrRegistry[]
  readonly aws: readonly AwsRegistry[]
  /** The Entra resource whose token goes to STS; `''` where no registry of AWS is named. */
  readonly tokenResource: string
}

/** The inputs that the registries follow from; undefined is what was not given, or faulty by itself. */
export type RegistryInputs = {
  readonly registries?: readonly string[] | undefined
  readonly identity?: string | undefined
  readonly 'azure-cloud'?: AzureCloudName | undefined
  readonly 'aws-role-arn'?: string | undefined
  readonly 'aws-token-resource'?: string | undefined
  readonly 'aws-region'?: string | undefined
}

/** What is wrong with the inputs taken together. */
export function checkRegistries(inputs: RegistryInputs): readonly Fault[] {
  const faults: Fault[] = []
  resolve(inputs, faults)
  return faults
}

/** The registries of inputs that passed {@link checkRegistries}. Throws AWS_ACCOUNT_NOT_ALLOWED; nothing has been sent anywhere by then. */
export function readRegistries(
  inputs: RegistryInputs & { readonly 'allowed-accounts': readonly string[] },
): Registries {
  const registries = resolve(inputs, [])
  const accounts = registries.aws.flatMap(({ registry, role }) => [
    [`role ${role.arn}`, role.accountId] as const,
    ...(registry.kind === 'ecr' ? [[`registry ${registry.host}`, registry.ecr.accountId] as const] : []),
  ])
  requireAllowedAccounts(accounts, inputs['allowed-accounts'])
  return registries
}

function resolve(inputs: RegistryInputs, faults: Fault[]): Registries {
  const { registries: texts = [], 'azure-cloud': cloud } = inputs
  if (inputs.registries?.length === 0) {
    const expected = 'a registry host, host/repository, or one of these with =role-arn'
    faults.push({ param: 'registries', got: 'nothing', expected })
  }
  if (cloud === undefined) return { acr: [], aws: [], tokenResource: '' }
  const entries = texts.flatMap((text) => readEntry(text, cloud, faults) ?? [])
  const merged = [...Map.groupBy(entries, ({ registry }) => registry.host).values()].map((same) => merge(same, faults))
  const aws = merged.flatMap((entry) => awsRegistry(entry, inputs, faults) ?? [])
  const tokenResource = inputs['aws-token-resource'] ?? ''
  const isInAws = merged.some(({ registry }) => registry.kind !== 'acr')
  if (isInAws && tokenResource === '') faults.push(missing('aws-token-resource', 'for ECR', inputs))
  const acr = merged.flatMap(({ registry: { kind, host }, repositories }) =>
    kind === 'acr' ? [{ host, repositories }] : [],
  )
  return { acr, aws, tokenResource }
}

/** A client finds one login by the host alone: who names the host without a repository means all of it. */
function merge(same: readonly Entry[], faults: Fault[]): Entry {
  const [first, ...others] = same
  if (first === undefined) throw new TypeError('a group without a member')
  for (const { roleArn } of others) {
    if (roleArn === first.roleArn) continue
    const expected = `one role for ${first.registry.host}: clients look for a login by the host alone; another role needs a folder of its own`
    faults.push({ param: 'registries', got: `${first.roleArn ?? '(none)'} and ${roleArn ?? '(none)'}`, expected })
  }
  const isWhole = same.some(({ repositories }) => repositories.length === 0)
  return { ...first, repositories: isWhole ? [] : [...new Set(same.flatMap(({ repositories }) => repositories))] }
}

function awsRegistry(entry: Entry, inputs: RegistryInputs, faults: Fault[]): AwsRegistry | undefined {
  const { registry, repositories, roleArn } = entry
  if (registry.kind === 'acr') return undefined
  const role = parseRoleArn(roleArn ?? inputs['aws-role-arn'] ?? '')
  if (role === undefined) {
    faults.push(missing('aws-role-arn', `for ${registry.host}`, inputs))
    return undefined
  }
  const place = registry.kind === 'ecr' ? registry.ecr : { partition: 'aws', region: ecrPublicRegion }
  const region = inputs['aws-region'] ?? place.region
  const expected = `of the partition ${place.partition}, where ${registry.host} is`
  if (role.partition !== place.partition) {
    faults.push({
      param: roleArn === undefined ? 'aws-role-arn' : 'registries',
      got: role.arn,
      expected: `a role ${expected}`,
    })
  }
  if (partitionOf(region)?.name !== place.partition)
    faults.push({ param: 'aws-region', got: region, expected: `a region ${expected}` })
  return { registry, repositories, role, region }
}

function missing(param: string, what: string, { identity }: RegistryInputs): Fault {
  const expected = `a value ${what}, by the param ${param} or by the key ${param} in the ConfigMap ${identity ?? 'of the identity profile'}`
  return { param, got: 'nothing', expected }
}

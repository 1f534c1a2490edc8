import type { RunContext } from '../audit/record.ts'
import type { AzureCloudName } from '../azure/clouds.ts'
import type { Fault } from '../core/errors.ts'
import { awsTargetOf, requireAllowedAccounts } from './aws-target.ts'
import type { AwsTarget } from './aws-session.ts'
import { actingFor, allowedTarget, checkEntries, eachOnce, type Acting, type AwsEntry } from './entry-identity.ts'
import { checkIdentity, type IdentityInputs, type IdentityUse } from './identity-inputs.ts'
import { awsPlaceOf, type RegistryHost } from './registry-host.ts'
import { readEntry, type Entry } from './registry-entry.ts'

type AwsHost = Exclude<RegistryHost, { kind: 'acr' }>

/** One registry to log in to; no repositories: all of it. */
export type AcrRegistry = { readonly host: string; readonly repositories: readonly string[] }
type NamedAwsRegistry = {
  readonly registry: AwsHost
  readonly repositories: readonly string[]
  readonly entry: AwsEntry
}
export type AwsRegistry = NamedAwsRegistry & { readonly target: AwsTarget }

type Named = {
  readonly acr: readonly AcrRegistry[]
  readonly aws: readonly NamedAwsRegistry[]
  /** What Entra is needed for by itself. */
  readonly use: IdentityUse
}

/** All registries of one call, each once. */
export type Registries = Named & {
  readonly aws: readonly AwsRegistry[]
  /** As whom all of them are reached. */
  readonly acting: readonly Acting[]
}

/** The inputs that the registries follow from; undefined is what was not given, or faulty by itself. */
export type RegistryInputs = IdentityInputs & {
  readonly registries?: readonly string[] | undefined
  readonly 'azure-cloud'?: AzureCloudName | undefined
}

/** What is wrong with the inputs taken together. */
export function checkRegistries(inputs: RegistryInputs): readonly Fault[] {
  const faults: Fault[] = []
  const { aws, use } = resolve(inputs, faults)
  const entries = aws.map(({ entry }) => entry)
  return [...faults, ...eachOnce([...checkIdentity(inputs, use), ...checkEntries(inputs, entries)])]
}

/** The registries of inputs that passed {@link checkRegistries}. Throws AWS_ACCOUNT_NOT_ALLOWED; nothing has been sent anywhere by then. */
export function readRegistries(inputs: RegistryInputs, context: RunContext): Registries {
  const { acr, aws, use } = resolve(inputs, [])
  requireAllowedAccounts(inputs['allowed-accounts'] ?? [], awsTargetOf(inputs, use, context), { accounts: [] })
  const opened = aws.map((one) => {
    const { registry, entry } = one
    const reached = registry.kind === 'ecr' ? [[`registry ${registry.host}`, registry.ecr.accountId] as const] : []
    return { ...one, target: allowedTarget(inputs, entry, { context, reached }) }
  })
  return { acr, aws: opened, use, acting: [{ inputs, use }, ...aws.map(({ entry }) => actingFor(inputs, entry))] }
}

/** What Entra and the role of the params are needed for, by these registries. */
export function registriesUse(inputs: RegistryInputs): IdentityUse {
  return resolve(inputs, []).use
}

function resolve(inputs: RegistryInputs, faults: Fault[]): Named {
  const { registries: texts = [], 'azure-cloud': cloud } = inputs
  if (inputs.registries?.length === 0) {
    const expected = 'a registry host, host/repository, or one of these with =role-arn'
    faults.push({ param: 'registries', got: 'nothing', expected })
  }
  const entries = cloud === undefined ? [] : texts.flatMap((text) => readEntry(text, cloud, faults) ?? [])
  const merged = [...Map.groupBy(entries, ({ registry }) => registry.host).values()].map((same) => merge(same, faults))
  const acr = merged.flatMap(({ registry: { kind, host }, repositories }) =>
    kind === 'acr' ? [{ host, repositories }] : [],
  )
  const aws = merged.flatMap(({ registry, repositories, roleArn }) => {
    if (registry.kind === 'acr') return []
    return [{ registry, repositories, entry: { param: 'registries', roleArn, place: awsPlaceOf(registry) } }]
  })
  // Where Entra is shown a token of AWS, its role is that of the params.
  const places = aws.flatMap(({ entry }) => (entry.roleArn === undefined ? [entry.place] : []))
  return { acr, aws, use: { entra: acr.length > 0, aws: false, places } }
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

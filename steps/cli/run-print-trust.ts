import { partitionOf } from '../lib/aws/partitions.ts'
import { parseRoleArn, type RoleArn } from '../lib/aws/role-arn.ts'
import { azureCloud, azureCloudNames, type AzureCloudName } from '../lib/azure/clouds.ts'
import { guid } from '../lib/core/guid.ts'
import { classifyRegistryHost, supportedHosts } from '../lib/federation/registry-host.ts'
import { parseReference } from '../lib/oci/reference.ts'
import { formNames, joined, joinedForms } from '../lib/trust/set-up/join.ts'
import { forms, type SetUp } from '../lib/trust/set-up/set-up.ts'
import { wholeSetUp, type Wanted, type WantedRepository } from '../lib/trust/set-up/whole.ts'
import { CliError } from './cli-error.ts'
import type { Given } from './command.ts'
import { print, printJson } from './print.ts'

/** Prints a whole set-up. Throws CliError with all faults at once. */
export async function runPrintTrust(given: Given, host: NodeJS.Process): Promise<number> {
  const things = wholeSetUp(readWanted(given))
  const output = given.text('output')
  const form = joinedForms.find((one) => one === output)
  if (form !== undefined) await print(host, joined(things, form))
  else if (output === 'json') await printJson(host, { create: things })
  else await print(host, things.map(asText).join('\n'))
  return 0
}

function asText({ title, forms: texts }: SetUp, at: number): string {
  const parts = forms.flatMap((form) => {
    const text = texts[form]
    return text === undefined ? [] : [`\n--- ${formNames[form]}\n${text}\n`]
  })
  return [`${at + 1}. ${title}\n`, ...parts].join('')
}

function readWanted(given: Given): Wanted {
  const faults: string[] = []
  const check = (name: string, pattern: RegExp, expected: string, value = given.text(name)) => {
    if (value !== undefined && !pattern.test(value)) faults.push(`--${name}: got "${value}", expected ${expected}`)
    return value
  }
  const required = (name: string, pattern: RegExp, expected: string): string => {
    const value = check(name, pattern, expected)
    if (value === undefined) faults.push(`--${name} is missing: ${expected}`)
    return value ?? ''
  }
  const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
  const namespace = required('namespace', label, 'the name of a namespace')
  const name = required('service-account', /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'the name of a service account')
  const tenantId = required('tenant-id', guid, 'a tenant id (GUID)')
  const cloud = azureCloudNames.find((one) => one === given.text('azure-cloud')) ?? 'AzureCloud'
  const repositories = given.texts('images').flatMap((text) => readRepository(text, cloud, faults))
  const account = check('account', /^\d{12}$/, 'an AWS account id of 12 digits')
  const wanted = {
    account: { namespace, name },
    issuer: check('issuer', /^https:\/\/[^\s?#]+$/, 'an https URL without query, exactly as tokens spell it'),
    tenantId,
    cloud,
    clientId: check('client-id', guid, 'a client id (GUID)'),
    clientName: check('client-name', /^[\w .-]{1,120}$/, 'a name') ?? `${namespace}-${name}`,
    kind: given.text('client-kind') === 'managed-identity' ? ('managed-identity' as const) : ('application' as const),
    audience:
      check('token-audience', /^\S{1,600}$/, 'an audience without blanks') ?? azureCloud(cloud).federatedAudience,
    role: readRole(given.text('aws-role-arn'), { account, repositories, faults }),
    tokenResource:
      check('aws-token-resource', /^[a-z]+:\/\/\S+$/, 'an application ID URI such as api://aws-ci') ?? 'api://aws-ci',
    repositories,
  }
  if (faults.length > 0) throw new CliError(faults, { remedy: 'npx tekton-entra print-trust --help' })
  return wanted
}

function readRepository(text: string, cloud: AzureCloudName, faults: string[]): readonly WantedRepository[] {
  const reference = parseReference(text)
  if ('fault' in reference) {
    const { part, got, expected } = reference.fault
    faults.push(`--images (${part}): got "${got}", expected ${expected}`)
    return []
  }
  const registry = classifyRegistryHost(reference.host, cloud)
  if (registry !== undefined && registry.kind !== 'ecr-public') return [{ registry, repository: reference.repository }]
  const expected = registry === undefined ? supportedHosts(cloud) : 'a private ECR registry or an ACR'
  faults.push(`--images (host): got "${reference.host}", expected ${expected}`)
  return []
}

type Around = {
  readonly account: string | undefined
  readonly repositories: readonly WantedRepository[]
  readonly faults: string[]
}

/** The role in the account that was given, or in that of the first registry in AWS; none where nothing in AWS is named. */
function readRole(arn: string | undefined, { account, repositories, faults }: Around): RoleArn | undefined {
  const [ecr] = repositories.flatMap(({ registry }) => (registry.kind === 'ecr' ? [registry.ecr] : []))
  const owner = account ?? ecr?.accountId
  const partition = ecr === undefined ? 'aws' : (partitionOf(ecr.region)?.name ?? 'aws')
  const text = arn ?? (owner === undefined ? undefined : `arn:${partition}:iam::${owner}:role/ci-push`)
  if (text === undefined) return undefined
  const role = parseRoleArn(text)
  if (role === undefined) faults.push(`--aws-role-arn: got "${text}", expected the ARN of a role`)
  else if (account !== undefined && role.accountId !== account)
    faults.push(`--account: got "${account}", and the role of --aws-role-arn is in ${role.accountId}`)
  return role
}

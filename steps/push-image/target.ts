import { parseRoleArn, type RoleArn } from '../lib/aws/role-arn.ts'
import { classifyRegistryHost, supportedHosts, type RegistryHost } from '../lib/federation/registry-host.ts'
import { stepError, type Fault } from '../lib/core/errors.ts'
import { parseReference, type Reference } from '../lib/oci/reference.ts'
import type { InputsOf } from '../lib/step/define-step.ts'
import { invalidInputs } from '../lib/step/inputs.ts'
import type { step } from './step.ts'

/** Where an image goes, and as which role when that is in AWS. */
export type Target = {
  readonly repository: string
  readonly tag: string | undefined
  readonly registry: RegistryHost
  readonly aws: { readonly role: RoleArn; readonly tokenResource: string; readonly region: string } | undefined
}

type Inputs = InputsOf<typeof step>

/** Looks at the inputs together. Throws INPUT_INVALID with all faults, AWS_ACCOUNT_NOT_ALLOWED; nothing has been sent anywhere by then. */
export function readTarget(inputs: Inputs): Target {
  const faults: Fault[] = []
  const reference = readReference(inputs.image, faults)
  const registry = reference === undefined ? undefined : readRegistry(reference, inputs, faults)
  const aws = registry?.kind === 'ecr' ? readAws(registry, inputs, faults) : undefined
  if (reference === undefined || registry === undefined || faults.length > 0) throw invalidInputs(faults)
  requireAllowedAccounts(registry, aws?.role, inputs['allowed-accounts'])
  return { repository: reference.repository, tag: reference.tag, registry, aws }
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

function readRegistry(reference: Reference, inputs: Inputs, faults: Fault[]): RegistryHost | undefined {
  const registry = classifyRegistryHost(reference.host, inputs['azure-cloud'])
  if (registry === undefined)
    faults.push({ param: 'image (host)', got: reference.host, expected: supportedHosts(inputs['azure-cloud']) })
  return registry
}

function readAws(registry: RegistryHost & { kind: 'ecr' }, inputs: Inputs, faults: Fault[]): Target['aws'] {
  const needed = ['aws-role-arn', 'aws-token-resource'] as const
  for (const name of needed.filter((candidate) => inputs[candidate] === undefined)) {
    const expected = `a value for ECR, by the param ${name} or by the key ${name} in the ConfigMap ${inputs.identity}`
    faults.push({ param: name, got: 'nothing', expected })
  }
  const role = parseRoleArn(inputs['aws-role-arn'] ?? '')
  const tokenResource = inputs['aws-token-resource']
  if (role === undefined || tokenResource === undefined) return undefined
  if (role.partition !== registry.ecr.partition) {
    faults.push({
      param: 'aws-role-arn',
      got: role.arn,
      expected: `a role of the partition ${registry.ecr.partition}, where ${registry.host} is`,
    })
  }
  return { role, tokenResource, region: inputs['aws-region'] ?? registry.ecr.region }
}

/** The guard comes before anything is sent: a wrong account must not even see a token. An empty list guards nothing. */
function requireAllowedAccounts(registry: RegistryHost, role: RoleArn | undefined, allowed: readonly string[]): void {
  if (registry.kind !== 'ecr' || role === undefined || allowed.length === 0) return
  const used = [
    ['role of aws-role-arn', role.accountId],
    ['registry of image', registry.ecr.accountId],
  ] as const
  for (const [source, account] of used) {
    if (allowed.includes(account)) continue
    throw stepError('AWS_ACCOUNT_NOT_ALLOWED', { source, account, 'allowed accounts': allowed.join(' ') })
  }
}

import { parsePublicRepository } from '../aws/ecr-host.ts'
import { roleArnPattern } from '../aws/role-arn.ts'
import type { AzureCloudName } from '../azure/clouds.ts'
import type { Fault } from '../core/errors.ts'
import { parseReference } from '../oci/reference.ts'
import { classifyRegistryHost, supportedHosts, type RegistryHost } from './registry-host.ts'

/** One entry of the param `registries`. */
export type Entry = {
  readonly registry: RegistryHost
  readonly repositories: readonly string[]
  readonly roleArn: string | undefined
}

/** Reads `host[/repository][=role-arn]`; its faults are added to `faults`, and it is undefined then. */
export function readEntry(text: string, cloud: AzureCloudName, faults: Fault[]): Entry | undefined {
  const [name = '', ...arn] = text.split('=')
  const roleArn = arn.length === 0 ? undefined : arn.join('=')
  const known = faults.length
  const place = name.includes('/') ? readRepository(name, faults) : { host: name.toLowerCase(), repositories: [] }
  if (place === undefined) return undefined
  const registry = classifyRegistryHost(place.host, cloud)
  if (registry === undefined) {
    faults.push({ param: 'registries (host)', got: place.host, expected: supportedHosts(cloud) })
  } else if (registry.kind === 'acr' && roleArn !== undefined) {
    faults.push({ param: 'registries', got: text, expected: `no role for ${place.host}: it is not in AWS` })
  } else if (roleArn !== undefined && !roleArnPattern.test(roleArn)) {
    faults.push({ param: 'registries (role)', got: roleArn, expected: 'the ARN of a role' })
  } else if (
    registry.kind === 'ecr-public' &&
    place.repositories.some((one) => parsePublicRepository(one) === undefined)
  ) {
    faults.push({ param: 'registries (repository)', got: name, expected: '<alias>/<repository> on ECR Public' })
  }
  return registry === undefined || faults.length > known ? undefined : { ...place, registry, roleArn }
}

function readRepository(name: string, faults: Fault[]): { host: string; repositories: string[] } | undefined {
  const parsed = parseReference(name)
  if ('fault' in parsed) {
    const { part, got, expected } = parsed.fault
    faults.push({ param: `registries (${part})`, got, expected })
    return undefined
  }
  if (parsed.tag !== undefined || parsed.digest !== undefined) {
    const expected = 'a repository without tag and digest: a login is for all its images'
    faults.push({ param: 'registries', got: name, expected })
    return undefined
  }
  return { host: parsed.host, repositories: [parsed.repository] }
}

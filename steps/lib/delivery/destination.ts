import { parsePublicRepository } from '../aws/ecr-host.ts'
import type { AzureCloudName } from '../azure/clouds.ts'
import type { Fault } from '../core/errors.ts'
import { classifyRegistryHost, supportedHosts, type RegistryHost } from '../federation/registry-host.ts'
import { parseReference, type Reference } from '../oci/reference.ts'

/** One repository that the image goes to. */
export type Destination = {
  /** `host/repository`, the host in lower case as registries spell it. */
  readonly name: string
  readonly repository: string
  readonly registry: RegistryHost
  /** Each once; none: by digest only. */
  readonly tags: readonly string[]
}

/** The params that name destinations. */
export type DestinationParam = 'image' | 'images'

/** Reads one destination of a param; its faults are added to `faults`, and it is undefined then. */
export function readDestination(
  param: DestinationParam,
  text: string,
  { cloud, tags, faults }: { cloud: AzureCloudName; tags: readonly string[]; faults: Fault[] },
): (Destination & { url: string }) | undefined {
  const reference = readReference(param, text, faults)
  if (reference === undefined) return undefined
  const { host, repository, tag } = reference
  const registry = classifyRegistryHost(host, cloud)
  if (registry === undefined) {
    faults.push({ param: `${param} (host)`, got: host, expected: supportedHosts(cloud) })
    return undefined
  }
  if (registry.kind === 'ecr-public' && parsePublicRepository(repository) === undefined) {
    faults.push({ param: `${param} (repository)`, got: repository, expected: '<alias>/<repository> on ECR Public' })
    return undefined
  }
  const name = `${host}/${repository}`
  const own = tag === undefined ? [] : [tag]
  return { name, repository, registry, tags: [...new Set([...own, ...tags])], url: [name, ...own].join(':') }
}

function readReference(param: DestinationParam, text: string, faults: Fault[]): Reference | undefined {
  const parsed = parseReference(text)
  if ('fault' in parsed) {
    faults.push({ param: `${param} (${parsed.fault.part})`, got: parsed.fault.got, expected: parsed.fault.expected })
    return undefined
  }
  if (parsed.digest !== undefined) {
    faults.push({
      param,
      got: text,
      expected: 'no @digest: the digest is what the push finds out, and its result IMAGE_DIGEST says it',
    })
  }
  return parsed
}

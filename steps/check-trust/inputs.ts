import type { AzureCloudName } from '../lib/azure/clouds.ts'
import type { Fault } from '../lib/core/errors.ts'
import { useOf } from '../lib/delivery/identity-use.ts'
import { checkIdentity, type IdentityInputs, type IdentityUse } from '../lib/federation/identity-inputs.ts'
import { classifyRegistryHost, supportedHosts, type RegistryHost } from '../lib/federation/registry-host.ts'
import { parsePublicRepository } from '../lib/aws/ecr-host.ts'
import { parseReference } from '../lib/oci/reference.ts'

/** What is to be looked at; undefined is what was not given, or faulty by itself. */
export type TrustInputs = IdentityInputs & {
  readonly images?: readonly string[] | undefined
  readonly resources?: readonly string[] | undefined
  readonly 'trust-policy'?: string | undefined
}

/** A repository to push to. */
export type Place = { readonly name: string; readonly registry: RegistryHost; readonly repository: string }

/** The repositories of the param `images`, each once; what is wrong with them is added to `faults`. */
export function readPlaces(images: readonly string[], cloud: AzureCloudName, faults: Fault[] = []): readonly Place[] {
  const places = images.flatMap((text) => readPlace(text, cloud, faults))
  return [...new Map(places.map((place) => [place.name, place])).values()]
}

function readPlace(text: string, cloud: AzureCloudName, faults: Fault[]): readonly Place[] {
  const reference = parseReference(text)
  if ('fault' in reference) {
    const { part, got, expected } = reference.fault
    faults.push({ param: `images (${part})`, got, expected })
    return []
  }
  const { host, repository } = reference
  const registry = classifyRegistryHost(host, cloud)
  if (registry === undefined) {
    faults.push({ param: 'images (host)', got: host, expected: supportedHosts(cloud) })
    return []
  }
  if (registry.kind === 'ecr-public' && parsePublicRepository(repository) === undefined) {
    faults.push({ param: 'images (repository)', got: repository, expected: '<alias>/<repository> on ECR Public' })
    return []
  }
  return [{ name: `${host}/${repository}`, registry, repository }]
}

/**
 * What the identity is for. AWS is looked at wherever a role is named, by the profile too: a profile is checked as a whole. Entra is left out
 * only where AWS takes the cluster's own token and nothing else is asked.
 */
export function trustUse(inputs: TrustInputs, places: readonly Place[]): IdentityUse {
  const use = useOf(places.map(({ registry }) => registry))
  const aws = use.aws || inputs['aws-role-arn'] !== undefined
  const isAwsAlone = inputs['aws-identity'] === 'cluster' && inputs['client-id'] === undefined
  const entra = use.entra || (inputs.resources ?? []).length > 0 || !(aws && isAwsAlone)
  return { ...use, aws, entra }
}

/** What is wrong with the inputs taken together. */
export function checkInputs(inputs: TrustInputs): readonly Fault[] {
  const faults: Fault[] = []
  const cloud = inputs['azure-cloud']
  const places = cloud === undefined ? [] : readPlaces(inputs.images ?? [], cloud, faults)
  const needsRole = inputs['trust-policy'] !== undefined && inputs['aws-role-arn'] === undefined
  const role = {
    param: 'trust-policy',
    got: inputs['trust-policy'] ?? '',
    expected: 'none without aws-role-arn, whose trust policy it holds',
  }
  // What the identity is for is not known where a repository could not be read.
  const use = faults.length > 0 ? undefined : trustUse(inputs, places)
  return [...faults, ...(needsRole ? [role] : []), ...checkIdentity(inputs, use)]
}

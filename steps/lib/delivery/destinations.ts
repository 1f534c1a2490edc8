import type { AzureCloudName } from '../azure/clouds.ts'
import type { Fault } from '../core/errors.ts'
import type { IdentityUse } from '../federation/identity-inputs.ts'
import { readDestination, type Destination, type DestinationParam } from './destination.ts'
import { useOf } from './identity-use.ts'

/** All that the image goes to, `image` first, each repository once. */
export type Destinations = {
  /** The param `image` as registries spell it. */
  readonly url: string
  readonly all: readonly [Destination, ...Destination[]]
  readonly use: IdentityUse
}

/** The inputs that the destinations follow from; undefined is what was not given, or faulty by itself. */
export type DestinationInputs = {
  readonly image?: string | undefined
  readonly images?: readonly string[] | undefined
  readonly tags?: readonly string[] | undefined
  readonly 'azure-cloud'?: AzureCloudName | undefined
}

/** The destinations of inputs that passed {@link resolveDestinations} without a fault. */
export function readDestinations(inputs: DestinationInputs): Destinations {
  const destinations = resolveDestinations(inputs, [])
  if (destinations === undefined) throw new TypeError('destinations that cannot be read passed the checks')
  return destinations
}

/** Where inputs lead, as far as they can be read; what is wrong with them is added to `faults`. */
export function resolveDestinations(inputs: DestinationInputs, faults: Fault[]): Destinations | undefined {
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
  return { url: read[0].url, all, use: useOf(all.map(({ registry }) => registry)) }
}

/** One repository under several tags is one destination: its blobs are looked for once. */
function mergeRepositories(destinations: readonly Destination[]): Destination[] {
  return [...Map.groupBy(destinations, ({ name }) => name).values()].flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const { name, repository, registry } = first
    return [{ name, repository, registry, tags: [...new Set([first, ...others].flatMap(({ tags }) => tags))] }]
  })
}

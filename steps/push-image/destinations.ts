import type { Fault } from '../lib/core/errors.ts'
import type { ReachedAccount } from '../lib/federation/aws-target.ts'
import { checkIdentity, type IdentityInputs, type IdentityUse } from '../lib/federation/identity-inputs.ts'
import { policyTextFaults } from '../lib/federation/identity-policies.ts'
import { awsPlaceOf } from '../lib/federation/registry-host.ts'
import { checkCombinations, type CombinedInputs } from './combinations.ts'
import { readDestination, type Destination, type DestinationParam } from './destination.ts'

/** All that the image goes to, `image` first, each repository once. */
export type Destinations = {
  /** The param `image` as registries spell it. */
  readonly url: string
  readonly all: readonly [Destination, ...Destination[]]
  readonly use: IdentityUse
}

/** The inputs that the destinations follow from; undefined is what was not given, or faulty by itself. */
export type DestinationInputs = CombinedInputs &
  IdentityInputs & {
    readonly image?: string | undefined
    readonly images?: readonly string[] | undefined
    readonly tags?: readonly string[] | undefined
  }

/** What is wrong with the inputs taken together. */
export function checkDestinations(inputs: DestinationInputs): readonly Fault[] {
  const faults: Fault[] = []
  const destinations = resolve(inputs, faults)
  const identity = destinations === undefined ? policyTextFaults(inputs) : checkIdentity(inputs, destinations.use)
  return [...faults, ...identity, ...checkCombinations(inputs, destinations?.all)]
}

/** The destinations of inputs that passed {@link checkDestinations}. */
export function readDestinations(inputs: DestinationInputs): Destinations {
  const destinations = resolve(inputs, [])
  if (destinations === undefined) throw new TypeError('destinations that cannot be read passed the checks')
  return destinations
}

/** Accounts that the registries belong to. An alias of ECR Public names none; AWS lets a role push under its own account's alias only. */
export function accountsOf({ all }: Destinations): readonly ReachedAccount[] {
  return all.flatMap(({ registry, name }) =>
    registry.kind === 'ecr' ? [[`registry of ${name}`, registry.ecr.accountId] as const] : [],
  )
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
  return { url: read[0].url, all, use: useOf(all) }
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
function useOf(all: readonly Destination[]): IdentityUse {
  const places = all.flatMap(({ registry }) => (registry.kind === 'acr' ? [] : [awsPlaceOf(registry)]))
  return { entra: places.length < all.length, aws: places.length > 0, places }
}

import type { ReachedAccount } from '../federation/aws-target.ts'
import type { IdentityUse } from '../federation/identity-inputs.ts'
import { awsPlaceOf, type RegistryHost } from '../federation/registry-host.ts'

/** What registries need an identity for. One session serves all that are in AWS: they must be where its role is. */
export function useOf(registries: readonly RegistryHost[]): IdentityUse {
  const places = registries.flatMap((registry) => (registry.kind === 'acr' ? [] : [awsPlaceOf(registry)]))
  return { entra: places.length < registries.length, aws: places.length > 0, places }
}

/** A repository, for messages, and its registry; undefined is one that no identity of ours gets into. */
type Place = { readonly name: string; readonly registry: RegistryHost | undefined }

/** Accounts that registries belong to. An alias of ECR Public names none; AWS lets a role push under its own account's alias only. */
export function accountsOf(places: readonly Place[]): readonly ReachedAccount[] {
  return places.flatMap(({ registry, name }) =>
    registry?.kind === 'ecr' ? [[`registry of ${name}`, registry.ecr.accountId] as const] : [],
  )
}

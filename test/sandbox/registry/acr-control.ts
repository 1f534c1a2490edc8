import type { World } from '../world.ts'
import type { AcrLock, AcrRegistry } from './acr-config.ts'
import { acrStateOf } from './acr-state.ts'

/** What an administrator does to a registry while others use it. */
export type AcrControl = {
  /** As `az acr update --role-assignment-mode`: every credential that was issued before gets 401 from now on. */
  switchRoleAssignmentMode(mode: NonNullable<AcrRegistry['roleAssignmentMode']>): void
  /** What a failover or `--global-endpoint-routing` does: the login server leads to this replica from now on. */
  routeGlobalEndpointTo(region: string): void
  /** As `az acr repository update`: replaces what the registry says of this repository, tag or digest. */
  setAttributes(lock: AcrLock): void
}

/** The handle on one registry of a running sandbox. */
export const controlAcr = (world: World, loginServer: string): AcrControl => {
  const registry = world.config.acrRegistries.find((candidate) => candidate.loginServer === loginServer)
  if (registry === undefined) throw new Error(`no registry ${loginServer}`)
  const state = acrStateOf(world, registry)
  return {
    switchRoleAssignmentMode: (mode) => {
      if (state.mode === mode) return
      state.mode = mode
      state.generation += 1
    },
    routeGlobalEndpointTo: (region) => {
      if (registry.replicas?.includes(region) !== true) throw new Error(`${loginServer} has no replica in ${region}`)
      state.route = region
    },
    setAttributes: (lock) => {
      const others = state.locks.filter((known) => !isSame(known, lock))
      state.locks = [...others, lock]
    },
  }
}

const isSame = (one: AcrLock, other: AcrLock): boolean =>
  one.repository === other.repository && one.reference === other.reference

import type { World } from '../world.ts'
import type { AcrLock, AcrRegistry } from './acr-config.ts'

/** What changes of a registry while it runs, apart from its content. */
export type AcrState = {
  mode: NonNullable<AcrRegistry['roleAssignmentMode']>
  /** Counts the switches of the mode. Each has its own signing key: what was signed before is worth nothing after. */
  generation: number
  /** The replica that the global endpoint leads to now; undefined in a registry without replicas. */
  route: string | undefined
  locks: readonly AcrLock[]
  /** Changes on their way to other replicas, in the order in which they were made. */
  readonly underWay: { readonly dueAt: number; readonly apply: () => void }[]
  /** Requests of the current minute, by whom and of which kind. */
  readonly windows: Map<string, { startedAt: number; count: number }>
}

// Beside the world, as the registries are: a world without ACR needs no field for it.
const statesByWorld = new WeakMap<World, Map<string, AcrState>>()

/** The state of one registry, as the configuration has it at first use. */
export const acrStateOf = (world: World, registry: AcrRegistry): AcrState => {
  const states = statesByWorld.get(world) ?? new Map<string, AcrState>()
  statesByWorld.set(world, states)
  const known = states.get(registry.loginServer)
  if (known !== undefined) return known
  const made: AcrState = {
    mode: registry.roleAssignmentMode ?? 'rbac',
    generation: 0,
    route: registry.replicas?.[0],
    locks: registry.locks ?? [],
    underWay: [],
    windows: new Map(),
  }
  states.set(registry.loginServer, made)
  return made
}

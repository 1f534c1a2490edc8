import type { AwsAccount } from '../config.ts'
import type { World } from '../world.ts'

// Beside the world: repositories that were made at run time, as `<account>/<name>`.
const madeByWorld = new WeakMap<World, Set<string>>()

/** Whether the account's public registry has the repository, by the configuration or since. */
export const hasPublicRepository = (world: World, { id, publicRegistry }: AwsAccount, name: string): boolean =>
  publicRegistry?.repositories.includes(name) === true || madeByWorld.get(world)?.has(`${id}/${name}`) === true

/** Books a repository that was made by the API. */
export const addPublicRepository = (world: World, { id }: AwsAccount, name: string): void => {
  madeByWorld.set(world, (madeByWorld.get(world) ?? new Set<string>()).add(`${id}/${name}`))
}

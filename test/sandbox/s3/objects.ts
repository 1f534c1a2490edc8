import type { World } from '../world.ts'

/** One object of a bucket. */
export type StoredObject = {
  readonly bucket: string
  readonly key: string
  readonly body: string
  readonly contentType: string
  /** `assumed-role/…/…` of who has put it there. */
  readonly writer: string
}

// Beside the world, not in it: only worlds with a bucket have any.
const stored = new WeakMap<World, StoredObject[]>()

/** The objects of all buckets, oldest first. */
export function objectsOf(world: World): readonly StoredObject[] {
  return stored.get(world) ?? []
}

/** Puts an object in the place of the one that has its name. */
export function storeObject(world: World, object: StoredObject): void {
  const others = objectsOf(world).filter(({ bucket, key }) => bucket !== object.bucket || key !== object.key)
  stored.set(world, [...others, object])
}

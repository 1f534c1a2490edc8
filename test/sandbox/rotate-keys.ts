import { isOfApiServer } from './mint-token.ts'
import type { World } from './world.ts'

/** Whose signing keys: a tenant's (by id) or a cluster issuer's (by URL). */
export type KeyOwner = { readonly tenant: string } | { readonly issuer: string }

/**
 * From now on a new key signs and is published. An issuer's old key is gone at once, as when an API server restarts with
 * another key file; a tenant's old one stays published until `retireOld`, as Microsoft overlaps them (protocols §2).
 */
export function rotateKeys(world: World, owner: KeyOwner, options: { readonly retireOld?: boolean } = {}): void {
  const name = nameOf(world, owner)
  world.keys.rotate(name)
  if (options.retireOld ?? 'issuer' in owner) world.keys.retire(name)
}

/** The older keys of a tenant or an issuer are published no more. */
export function retireKeys(world: World, owner: KeyOwner): void {
  world.keys.retire(nameOf(world, owner))
}

function nameOf(world: World, owner: KeyOwner): string {
  const { issuers, tenants } = world.config
  if ('issuer' in owner && isOfApiServer(world.config, owner.issuer)) {
    throw new Error(`the keys of ${owner.issuer} are its API server's`)
  }
  if ('issuer' in owner && issuers.some(({ url }) => url === owner.issuer)) return `issuer:${owner.issuer}`
  if ('tenant' in owner && tenants.some(({ id }) => id === owner.tenant)) return `entra:${owner.tenant}`
  throw new Error(`the sandbox has no ${'issuer' in owner ? `issuer ${owner.issuer}` : `tenant ${owner.tenant}`}`)
}

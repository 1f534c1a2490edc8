import type { AcrLock } from './acr-config.ts'
import type { Call } from './flavor.ts'
import { refusal } from './refusal.ts'

type Change = 'read' | 'write' | 'delete'

/** What each request does to content. Blobs are nobody's tag: only a lock on their repository concerns them. */
const CHANGES: Readonly<Record<string, Change>> = {
  'GET manifest': 'read',
  'HEAD manifest': 'read',
  'POST uploads': 'write',
  'PATCH upload': 'write',
  'PUT upload': 'write',
  'PUT manifest': 'write',
  'DELETE manifest': 'delete',
  'DELETE blob': 'delete',
}

/** Refuses what a lock on the repository, the tag or the manifest forbids (Microsoft's container-registry-image-lock). */
export const checkLocks = (call: Call, locks: readonly AcrLock[]): void => {
  const change = CHANGES[`${call.method} ${call.route.kind}`]
  if (change === undefined) return
  const lock = locks.find((candidate) => concerns(candidate, call) && forbids(candidate, change))
  if (lock === undefined) return
  call.checks.push(
    `${lock.repository}${lock.reference === undefined ? '' : ` ${lock.reference}`}: locked for ${change}`,
  )
  throw refusal('REGISTRY_DISALLOWED_OPERATION', { detail: {} })
}

/** `writeEnabled: false` stops deletes too (Azure/acr 561). */
const forbids = (lock: AcrLock, change: Change): boolean => {
  if (change === 'read') return lock.readEnabled === false
  return lock.writeEnabled === false || (change === 'delete' && lock.deleteEnabled === false)
}

// [K] assumption: a locked tag refuses a push of the same digest as well, and keeps its manifest from being deleted.
const concerns = (lock: AcrLock, { registry, route }: Call): boolean => {
  if (lock.repository !== route.name) return false
  if (lock.reference === undefined) return true
  const tags = registry.repositories.get(route.name)?.tags
  if (lock.reference === route.reference) return lock.reference.includes(':') || tags?.has(lock.reference) === true
  return route.reference.includes(':') && tags?.get(lock.reference) === route.reference
}

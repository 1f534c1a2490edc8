import type { IncomingMessage } from 'node:http'
import type { AwsRole } from '../config.ts'
import type { World } from '../world.ts'
import type { Trace } from './aws-fault.ts'

// Beside the world, not in it: a count of tries is no state of the clouds.
const triesByWorld = new WeakMap<World, Map<AwsRole, number>>()

/**
 * Whether this node of IAM does not know the role or its trust yet (recorded: a good token was denied for 7 to 12 seconds after
 * the role was made): the fault is on, or the role's first tries are not over. Counts the try.
 */
export const isStillSpreading = (
  world: World,
  role: AwsRole,
  asked: { readonly request: IncomingMessage; readonly trace: Trace },
): boolean => {
  const tries = triesByWorld.get(world) ?? new Map<AwsRole, number>()
  triesByWorld.set(world, tries)
  const before = tries.get(role) ?? 0
  tries.set(role, before + 1)
  const spreading = world.faults?.of(asked.request)?.kind === 'iam-propagation' || before < (role.deniedTries ?? 0)
  if (spreading) asked.trace.checks.push('role and trust: not known to this node of IAM yet')
  return spreading
}

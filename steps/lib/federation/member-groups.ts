import { checkMemberGroups, type GraphMember } from '../azure/graph-groups.ts'
import { microsoftGraph } from '../azure/resource-manager.ts'
import { stepError, type StepError } from '../core/errors.ts'
import { isObject } from '../core/strict-json.ts'
import type { VerifiedEntraToken } from '../token/verify-entra-token.ts'
import type { Federation } from './federation.ts'

/** Which groups are asked for, and who knows of those that the token does not tell. */
export type GroupRule = {
  readonly required: readonly string[]
  readonly match: 'all' | 'any'
  /** Asks Microsoft Graph. */
  readonly ask: (member: GraphMember, groups: readonly string[]) => Promise<readonly string[]>
}

/** Microsoft Graph as the pod's own identity asks it. */
export function askGraph(federation: Federation): GroupRule['ask'] {
  const { identity, services } = federation
  const { http, patience, record } = services
  const { cloud } = identity
  return async (member, groups) => {
    const entraToken = await federation.entraToken(microsoftGraph(cloud))
    const onRequest = (id: string) => record.request('Microsoft Graph', id)
    return await checkMemberGroups({ cloud, entraToken, http, patience, onRequest }, member, groups)
  }
}

/**
 * Those of the groups that hold whose token it is. A person's token that names its groups is taken at its word; where there are too many for a
 * token (overage), where the API asks for no such claim, and of an application always, Microsoft Graph is asked: an application's token names
 * only groups that were given to the API. Throws ACCESS_GROUPS_*.
 */
export async function requireGroups(
  token: VerifiedEntraToken,
  { required, match, ask }: GroupRule,
): Promise<readonly string[]> {
  if (required.length === 0) return []
  const { kind, objectId } = token
  const told = kind === 'person' ? claimedGroups(token.claims) : undefined
  const found =
    told === undefined
      ? await ask({ kind, objectId }, required)
      : required.filter((group) => told.includes(group.toLowerCase()))
  const missing = required.filter((group) => !found.includes(group))
  if (match === 'all' && missing.length > 0) throw groupsRefusal(objectId, found, `${missing.join(', ')} as well`)
  if (found.length === 0) throw groupsRefusal(objectId, found, `one of ${required.join(', ')}`)
  return found
}

/**
 * The groups that a token names; undefined where it does not name all of them. More than 200 are not named: `_claim_names` has `groups` then, or
 * the token `hasgroups` (entra-docs, access-token-claims-reference: groups overage claim).
 */
function claimedGroups(claims: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const { groups, hasgroups, _claim_names: elsewhere } = claims
  const isOverage = hasgroups !== undefined || (isObject(elsewhere) && Object.hasOwn(elsewhere, 'groups'))
  if (isOverage || !Array.isArray(groups)) return undefined
  return groups.map((group) => String(group).toLowerCase())
}

function groupsRefusal(member: string, found: readonly string[], expected: string): StepError {
  const values = { got: found.join(', ') || 'none of them', expected }
  return stepError('ACCESS_GROUPS_MISSING', { member, ...values }, { faults: [{ param: 'groups', ...values }] })
}

import { guid } from '../../../steps/lib/core/guid.ts'
import type { GraphCaller } from './graph-caller.ts'
import type { GraphCall } from './graph-routes.ts'
import { GraphRefusal, refuseMissing } from './graph-refusal.ts'
import { isSame } from './is-same.ts'

/** Most ids of one request (Microsoft Graph, directoryObject: checkMemberGroups). */
const MOST_GROUPS = 20

const READ_PEOPLE = ['User.Read.All', 'User.ReadWrite.All']
const READ_GROUPS = ['GroupMember.Read.All', 'Group.Read.All']
/** Without a permission for groups, as the page of checkMemberGroups has it. */
const READ_SERVICE_PRINCIPALS = [
  'Application.Read.All',
  'Directory.Read.All',
  'Application.ReadWrite.All',
  'Directory.ReadWrite.All',
]

/** Which of the groups hold the person; two permissions are needed, or the one for the whole directory. */
export function checkGroupsOfUser(call: GraphCall, [name = '']: readonly string[]): object {
  const { caller } = call
  if (!hasAny(caller, ['Directory.Read.All']) && !(hasAny(caller, READ_PEOPLE) && hasAny(caller, READ_GROUPS)))
    refusePermission()
  const user = caller.tenant.users?.find(({ oid, upn }) => [oid, upn].some((known) => isSame(known, name)))
  return membershipsOf(call, user === undefined ? refuseMissing(name) : (user.groups ?? []))
}

/** Which of the groups hold the service principal. */
export function checkGroupsOfServicePrincipal(call: GraphCall, [name = '']: readonly string[]): object {
  if (!hasAny(call.caller, READ_SERVICE_PRINCIPALS)) refusePermission()
  const app = call.caller.tenant.apps.find(({ servicePrincipalId = '' }) => isSame(servicePrincipalId, name))
  return membershipsOf(call, app === undefined ? refuseMissing(name) : (app.groups ?? []))
}

function membershipsOf(call: GraphCall, groups: readonly string[]): object {
  const value = groupIdsOf(call).filter((id) => groups.some((group) => isSame(group, id)))
  return { '@odata.context': `https://${call.host}/v1.0/$metadata#Collection(Edm.String)`, value }
}

/** [K] assumption: the wording of each refusal. */
function groupIdsOf({ sent, contentType }: GraphCall): readonly string[] {
  if (!/^application\/json\b/i.test(contentType))
    throw new GraphRefusal(
      400,
      'Request_BadRequest',
      'Write requests (excluding DELETE) must contain the Content-Type header declaration.',
    )
  const ids = parse(sent)
  if (!Array.isArray(ids) || ids.length === 0 || !ids.every((id) => typeof id === 'string'))
    throw new GraphRefusal(400, 'Request_BadRequest', "A value without a type name was found for parameter 'groupIds'.")
  if (ids.length > MOST_GROUPS)
    throw new GraphRefusal(400, 'Request_BadRequest', 'The number of groupIds exceeds the allowed limit of 20.')
  const [odd] = ids.filter((id) => !guid.test(id))
  if (odd !== undefined) throw new GraphRefusal(400, 'Request_BadRequest', `Invalid object identifier '${odd}'.`)
  return ids
}

function parse(sent: Buffer): unknown {
  try {
    const body: unknown = JSON.parse(sent.toString('utf8'))
    return typeof body === 'object' && body !== null ? Reflect.get(body, 'groupIds') : undefined
  } catch {
    throw new GraphRefusal(
      400,
      'BadRequest',
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    )
  }
}

function hasAny({ permissions }: GraphCaller, anyOf: readonly string[]): boolean {
  return anyOf.some((permission) => permissions.includes(permission))
}

function refusePermission(): never {
  throw new GraphRefusal(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
}

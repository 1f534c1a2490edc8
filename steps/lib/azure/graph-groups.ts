import { stepError, type StepError } from '../core/errors.ts'
import { retry, type Patience } from '../core/retry.ts'
import { bearer } from '../http/bearer.ts'
import type { HttpClient, HttpResponse } from '../http/client.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import type { AzureCloudName } from './clouds.ts'
import type { EntraToken } from './entra-token.ts'
import { microsoftGraph } from './resource-manager.ts'
import { objectOf, tryJson } from '../core/loose-json.ts'

/** Whose memberships are asked for. */
export type GraphMember = { readonly objectId: string; readonly kind: 'app' | 'person' }

export type GroupQuestion = {
  readonly cloud: AzureCloudName
  /** A token for Microsoft Graph, of the pod's own identity. */
  readonly entraToken: EntraToken
  readonly http: HttpClient
  readonly patience: Patience
  /** Who books the ids of Graph's answers. */
  readonly onRequest: (id: string) => void
}

/** Most groups of one request (Microsoft Graph, directoryObject: checkMemberGroups). */
const mostGroups = 20

const kinds = {
  app: { collection: 'servicePrincipals', permissions: 'Application.Read.All and GroupMember.Read.All' },
  person: { collection: 'users', permissions: 'User.Read.All and GroupMember.Read.All' },
} as const

/**
 * Those of the groups that hold the member, directly or through other groups (Microsoft Graph, directoryObject: checkMemberGroups).
 * Throws ACCESS_GROUPS_REFUSED, ACCESS_GROUPS_UNAVAILABLE, NETWORK_*.
 */
export async function checkMemberGroups(
  question: GroupQuestion,
  member: GraphMember,
  groups: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = []
  for (let at = 0; at < groups.length; at += mostGroups) {
    const part = groups.slice(at, at + mostGroups)
    // One after the other: there is hardly ever a second part.
    // oxlint-disable-next-line no-await-in-loop
    found.push(...(await retry(question.patience, () => ask(question, member, part))))
  }
  return groups.filter((group) => found.includes(group.toLowerCase()))
}

async function ask(question: GroupQuestion, member: GraphMember, groupIds: readonly string[]): Promise<string[]> {
  const { cloud, entraToken, http, patience } = question
  const path = `/v1.0/${kinds[member.kind].collection}/${member.objectId}/checkMemberGroups`
  const answer = await http.send({
    method: 'POST',
    url: new URL(path, microsoftGraph(cloud)),
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    authorization: bearer(entraToken.secret),
    body: JSON.stringify({ groupIds }),
    signal: patience.signal,
  })
  question.onRequest(answer.headers['request-id'] ?? '')
  const body = objectOf(tryJson(answer.body))
  const { value } = body
  if (answer.status === 200 && Array.isArray(value)) return value.map((id) => String(id).toLowerCase())
  throw refusal(question, member, { answer, body })
}

function refusal(
  { entraToken, patience }: GroupQuestion,
  { objectId, kind }: GraphMember,
  { answer, body }: { answer: HttpResponse; body: Readonly<Record<string, unknown>> },
): StepError {
  const { status, headers } = answer
  const error = objectOf(body['error'])
  const text = (name: string) => (typeof error[name] === 'string' ? { [name]: error[name] } : {})
  const request = headers['request-id']
  const options = {
    upstream: {
      service: 'Microsoft Graph',
      status,
      ...text('code'),
      ...text('message'),
      ...(request === undefined ? {} : { ids: { request } }),
    },
    retryAfterMs: retryAfterMs(headers['retry-after'], patience.clock.now()),
  }
  if (status === 429 || status === 408 || status >= 500 || status === 200)
    return stepError('ACCESS_GROUPS_UNAVAILABLE', { status: String(status) }, options)
  const values = { kind, member: objectId, principal: entraToken.objectId, permissions: kinds[kind].permissions }
  return stepError('ACCESS_GROUPS_REFUSED', values, options)
}

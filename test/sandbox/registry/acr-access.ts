import { challengeAcr } from './acr-refusal.ts'
import type { AcrNeed } from './acr-refusal.ts'
import type { AcrEndpoint } from './acr-hosts.ts'
import { acrStateOf } from './acr-state.ts'
import { throttle } from './acr-throttle.ts'
import { readAcrToken } from './acr-tokens.ts'
import type { AcrAccess, AcrPrincipal } from './acr-tokens.ts'
import type { Call } from './flavor.ts'

type EndpointOf = (host: string) => AcrEndpoint | undefined

/** What each method needs. [K] assumption: writing asks for pull too, as CNCF distribution does. */
const NEEDED_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  GET: ['pull'],
  HEAD: ['pull'],
  POST: ['pull', 'push'],
  PATCH: ['pull', 'push'],
  PUT: ['pull', 'push'],
  DELETE: ['delete'],
}

const READS: readonly string[] = ['GET', 'HEAD']

/** Lets in a Bearer token of this registry whose `access[]` covers the repository and the action, and that is not too busy. */
export const authorizeAcr =
  (endpointOf: EndpointOf) =>
  async (call: Call): Promise<void> => {
    const { endpoint, principal, access } = readBearer(call, endpointOf)
    requireAccess(call, access, needsOf(call, principal))
    const kind = READS.includes(call.method) ? 'reads' : 'writes'
    throttle(call.world, endpoint, { kind, identity: `${principal.kind ?? 'entra'} ${principal.objectId}` })
  }

/** A mount reads its source: without pull there it gets 401. [K] assumption: as CNCF distribution does, not 202. */
export const authorizeAcrMount =
  (endpointOf: EndpointOf) =>
  async (call: Call, from: string): Promise<boolean> => {
    const { principal, access } = readBearer(call, endpointOf)
    const source = { type: 'repository', name: from, actions: ['pull'] }
    requireAccess(call, access, [...needsOf(call, principal), source])
    return true
  }

const needsOf = ({ method, route }: Call, principal?: AcrPrincipal): readonly AcrNeed[] => {
  if (route.kind === 'base') return []
  if (route.kind === 'catalog') return [{ type: 'registry', name: 'catalog', actions: ['*'] }]
  // Scope maps tell content from metadata, and a list of tags is metadata (container-registry-token-based-repository-permissions).
  // [K] assumption: for tokens of Entra's principals pull is enough, as docker's clients never ask for more.
  if (route.kind === 'tags' && principal?.kind === 'scope-map')
    return [{ type: 'repository', name: route.name, actions: ['metadata_read'] }]
  // An upload's status is part of writing it, whatever the method.
  const actions = route.kind === 'upload' ? NEEDED_ACTIONS['PUT'] : NEEDED_ACTIONS[method]
  return [{ type: 'repository', name: route.name, actions: actions ?? ['push'] }]
}

const readBearer = (
  call: Call,
  endpointOf: EndpointOf,
): { readonly endpoint: AcrEndpoint; readonly principal: AcrPrincipal; readonly access: readonly AcrAccess[] } => {
  const endpoint = endpointOf(call.host)
  const [, token] = /^Bearer (\S+)$/i.exec(call.request.headers.authorization ?? '') ?? []
  if (endpoint === undefined || token === undefined) {
    call.checks.push('Bearer token: none')
    throw challengeAcr(call.host, needsOf(call))
  }
  const read = readAcrToken(call.world, endpoint.registry, { kind: 'access_token', token })
  call.checks.push(`Bearer token: ${typeof read === 'string' ? read : 'valid'}`)
  if (typeof read === 'string') throw challengeAcr(call.host, needsOf(call), 'invalid_token')
  call.checks.push(`role assignments: ${acrStateOf(call.world, endpoint.registry).mode}`)
  return { endpoint, ...read }
}

const requireAccess = (call: Call, access: readonly AcrAccess[], needs: readonly AcrNeed[]): void => {
  for (const need of needs) {
    const covered = need.actions.every((action) => grants(access, { ...need, action }))
    call.checks.push(`${need.name}:${need.actions.join(',')} in access[]: ${covered ? 'yes' : 'no'}`)
    if (!covered) throw challengeAcr(call.host, needs, 'insufficient_scope')
  }
}

const grants = (access: readonly AcrAccess[], need: { type: string; name: string; action: string }): boolean =>
  access.some(({ type, name, actions }) => type === need.type && name === need.name && actions.includes(need.action))

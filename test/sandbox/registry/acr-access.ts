import type { AcrRegistry } from '../config.ts'
import { challengeAcr } from './acr-refusal.ts'
import type { AcrNeed } from './acr-refusal.ts'
import { readAcrToken } from './acr-tokens.ts'
import type { AcrAccess } from './acr-tokens.ts'
import type { Call } from './flavor.ts'

type RegistryOf = (host: string) => AcrRegistry | undefined

/** What each method needs. [K] assumption: writing asks for pull too, as CNCF distribution does. */
const NEEDED_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  GET: ['pull'],
  HEAD: ['pull'],
  POST: ['pull', 'push'],
  PATCH: ['pull', 'push'],
  PUT: ['pull', 'push'],
  DELETE: ['delete'],
}

/** Lets in a Bearer token of this registry whose `access[]` covers the repository and the action. */
export const authorizeAcr =
  (registryOf: RegistryOf) =>
  async (call: Call): Promise<void> =>
    requireAccess(call, registryOf, needsOf(call))

/** A mount reads its source: without pull there it gets 401. [K] assumption: as CNCF distribution does, not 202. */
export const authorizeAcrMount =
  (registryOf: RegistryOf) =>
  async (call: Call, from: string): Promise<void> =>
    requireAccess(call, registryOf, [...needsOf(call), { type: 'repository', name: from, actions: ['pull'] }])

const needsOf = ({ method, route }: Call): readonly AcrNeed[] => {
  if (route.kind === 'base') return []
  // An upload's status is part of writing it, whatever the method.
  const actions = route.kind === 'upload' ? NEEDED_ACTIONS['PUT'] : NEEDED_ACTIONS[method]
  return [{ type: 'repository', name: route.name, actions: actions ?? ['push'] }]
}

const requireAccess = (call: Call, registryOf: RegistryOf, needs: readonly AcrNeed[]): void => {
  const registry = registryOf(call.host)
  const [, token] = /^Bearer (\S+)$/i.exec(call.request.headers.authorization ?? '') ?? []
  if (registry === undefined || token === undefined) {
    call.checks.push('Bearer token: none')
    throw challengeAcr(call.host, needs)
  }
  const read = readAcrToken(call.world, registry, { kind: 'access_token', token })
  call.checks.push(`Bearer token: ${typeof read === 'string' ? read : 'valid'}`)
  if (typeof read === 'string') throw challengeAcr(call.host, needs, 'invalid_token')
  for (const need of needs) {
    const covered = need.actions.every((action) => grants(read.access, { ...need, action }))
    call.checks.push(`${need.name}:${need.actions.join(',')} in access[]: ${covered ? 'yes' : 'no'}`)
    if (!covered) throw challengeAcr(call.host, needs, 'insufficient_scope')
  }
}

const grants = (access: readonly AcrAccess[], need: { type: string; name: string; action: string }): boolean =>
  access.some(({ type, name, actions }) => type === need.type && name === need.name && actions.includes(need.action))

import type { World } from '../world.ts'
import type { AcrDataAction, AcrRegistry, AcrRole, AcrRoleAssignment } from './acr-config.ts'
import { parseCondition } from './acr-condition.ts'
import { acrStateOf } from './acr-state.ts'
import type { AcrAccess, AcrPrincipal } from './acr-tokens.ts'

/** Words of a token's `access[]` for the data actions of roles and scope maps. */
const TOKEN_ACTIONS: Readonly<Record<AcrDataAction, string>> = {
  'content/read': 'pull',
  'content/write': 'push',
  'content/delete': 'delete',
  'metadata/read': 'metadata_read',
  'metadata/write': 'metadata_write',
}
const DATA_ACTIONS = Object.keys(TOKEN_ACTIONS) as readonly AcrDataAction[]

type RoleRights = {
  /** The only mode in which the role gives rights to data. */
  readonly mode: NonNullable<AcrRegistry['roleAssignmentMode']>
  readonly actions: readonly AcrDataAction[]
  readonly catalog: boolean
}

const READ: readonly AcrDataAction[] = ['content/read', 'metadata/read']
const WRITE: readonly AcrDataAction[] = [...READ, 'content/write', 'metadata/write']

/**
 * Rights of the built-in roles (Microsoft's container-registry-rbac-built-in-roles-directory-reference). [K] assumption: the
 * roles of one mode give nothing in the other, both ways round; only one way is documented.
 */
const ROLES: Readonly<Record<AcrRole, RoleRights>> = {
  AcrPull: { mode: 'rbac', actions: READ, catalog: true },
  AcrPush: { mode: 'rbac', actions: WRITE, catalog: true },
  AcrDelete: { mode: 'rbac', actions: ['content/delete'], catalog: false },
  Owner: { mode: 'rbac', actions: DATA_ACTIONS, catalog: true },
  Contributor: { mode: 'rbac', actions: DATA_ACTIONS, catalog: true },
  'Container Registry Repository Reader': { mode: 'rbac-abac', actions: READ, catalog: false },
  'Container Registry Repository Writer': { mode: 'rbac-abac', actions: WRITE, catalog: false },
  'Container Registry Repository Contributor': { mode: 'rbac-abac', actions: DATA_ACTIONS, catalog: false },
  'Container Registry Repository Catalog Lister': { mode: 'rbac-abac', actions: [], catalog: true },
}

/** Whether the role's assignments may carry a condition. */
export const takesCondition = (role: AcrRole): boolean =>
  ROLES[role].mode === 'rbac-abac' && ROLES[role].actions.length > 0

/** The scopes that were asked for, cut down to what the principal may do. Too much asked is no error at ACR. */
export const reduceScopes = (
  world: World,
  registry: AcrRegistry,
  asked: { readonly principal: AcrPrincipal; readonly scopes: readonly AcrAccess[] },
): readonly AcrAccess[] =>
  asked.scopes
    .map((scope) => ({ ...scope, actions: actionsOf(world, registry, { ...asked, scope }) }))
    .map((scope) => ({ ...scope, actions: scope.actions.filter((action) => isWithin(asked.principal, scope, action)) }))
    .filter((scope) => scope.actions.length > 0)

const isWithin = ({ limit }: AcrPrincipal, { type, name }: AcrAccess, action: string): boolean =>
  limit === undefined || limit.some((one) => one.type === type && one.name === name && one.actions.includes(action))

const actionsOf = (
  world: World,
  registry: AcrRegistry,
  { principal, scope }: { readonly principal: AcrPrincipal; readonly scope: AcrAccess },
): readonly string[] => {
  if (scope.type === 'registry')
    return scope.name === 'catalog' && listsCatalog(world, registry, principal) ? ['*'] : []
  if (scope.type !== 'repository') return []
  const granted = DATA_ACTIONS.filter((action) => mayDo(world, registry, { principal, action, repository: scope.name }))
  const words = granted.map((action) => TOKEN_ACTIONS[action])
  // [K] assumption: `*` is all that one may do.
  return scope.actions.includes('*') ? words : scope.actions.filter((action) => words.includes(action))
}

type Question = { readonly principal: AcrPrincipal; readonly action: AcrDataAction; readonly repository: string }

const mayDo = (world: World, registry: AcrRegistry, question: Question): boolean => {
  const { action, principal, repository } = question
  if (principal.kind === 'anonymous') return registry.anonymousPull === true && READ.includes(action)
  if (principal.kind === 'scope-map') {
    const token = registry.scopeMapTokens?.find(({ name }) => name === principal.objectId)
    const rules = token?.enabled === false ? [] : Object.entries(token?.scopeMap ?? {})
    return rules.some(([pattern, actions]) => fitsRule(pattern, repository) && actions.includes(action))
  }
  return rolesOf(world, registry, principal).some(
    ({ condition, role }) =>
      ROLES[role].actions.includes(action) &&
      (condition === undefined || parseCondition(condition)({ action, repository })),
  )
}

// Additive, and for repositories that do not exist yet too (container-registry-token-based-repository-permissions).
const fitsRule = (pattern: string, repository: string): boolean =>
  pattern === '*' || pattern === repository || (pattern.endsWith('/*') && repository.startsWith(pattern.slice(0, -1)))

// [K] assumption: the anonymous do not list the catalog. Scope maps cannot give it (documented).
const listsCatalog = (world: World, registry: AcrRegistry, principal: AcrPrincipal): boolean =>
  (principal.kind ?? 'entra') === 'entra' && rolesOf(world, registry, principal).some(({ role }) => ROLES[role].catalog)

const rolesOf = (world: World, registry: AcrRegistry, principal: AcrPrincipal): readonly AcrRoleAssignment[] => {
  const { mode } = acrStateOf(world, registry)
  return registry.roleAssignments.filter(
    ({ principalId, role }) => principalId === principal.objectId && ROLES[role].mode === mode,
  )
}

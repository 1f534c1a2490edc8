import type { AzureSubscription } from '../config-azure.ts'
import type { Cloud } from '../entra/clouds.ts'
import type { World } from '../world.ts'
import { readsGroup, readsRegistries, seesSubscription } from './arm-access.ts'
import { refuseAuthorization, refuseTenantOf } from './arm-caller.ts'
import type { ArmCaller } from './arm-caller.ts'
import { ArmRefusal } from './arm-refusal.ts'
import {
  describeGroup,
  describeRegistry,
  describeResource,
  describeSubscription,
  describeTenant,
  REGISTRY_TYPE,
  registriesOf,
} from './arm-resources.ts'
import type { PlacedRegistry } from './arm-resources.ts'
import { parseFilter } from './odata-filter.ts'

/** A request whose token was verified. */
export type ArmCall = { readonly caller: ArmCaller; readonly cloud: Cloud; readonly url: URL }

type Route = {
  readonly path: RegExp
  readonly operation: string
  answer(world: World, call: ArmCall, names: readonly string[]): object
}

/** ARM's paths know no case. */
const routes: readonly Route[] = [
  {
    path: /^\/tenants\/?$/i,
    operation: 'list tenants',
    answer: (_world, { caller }) => countedList([describeTenant(caller.tenant)]),
  },
  { path: /^\/subscriptions\/?$/i, operation: 'list subscriptions', answer: listSubscriptions },
  {
    path: /^\/subscriptions\/([^/]+)\/?$/i,
    operation: 'get subscription',
    answer: (world, call, [id]) => describeSubscription(openSubscription(world, call, id)),
  },
  { path: /^\/subscriptions\/([^/]+)\/resourcegroups\/?$/i, operation: 'list resource groups', answer: listGroups },
  { path: /^\/subscriptions\/([^/]+)\/resources\/?$/i, operation: 'list resources', answer: listResources },
  {
    path: /^\/subscriptions\/([^/]+)\/providers\/Microsoft\.ContainerRegistry\/registries\/?$/i,
    operation: 'list registries',
    answer: (world, call, [id]) => {
      const subscription = openSubscription(world, call, id)
      return list(readable(world, call, subscription).map(describeRegistry))
    },
  },
  {
    path: /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.ContainerRegistry\/registries\/([^/]+)\/?$/i,
    operation: 'get registry',
    answer: getRegistry,
  },
]

/** Answers a verified request by its path. */
export function answerRoute(world: World, call: ArmCall): { body: object; operation: string } {
  for (const route of routes) {
    const match = route.path.exec(decodeURIComponentOrSame(call.url.pathname))
    if (match !== null) return { body: route.answer(world, call, match.slice(1)), operation: route.operation }
  }
  // [K] assumption: what a path gets that is not stood in for; ARM's own word for a path without a type.
  throw new ArmRefusal(404, 'NotFound', 'The sandbox has nothing at this path of Azure Resource Manager.')
}

function decodeURIComponentOrSame(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function list(value: readonly object[]): object {
  return { value }
}

function countedList(value: readonly object[]): object {
  return { value, count: { type: 'Total', value: value.length } }
}

function listSubscriptions(world: World, { caller }: ArmCall): object {
  const own = (world.config.subscriptions ?? []).filter(({ tenantId }) => tenantId === caller.tenant.id)
  return countedList(own.filter((subscription) => seesSubscription(subscription, caller)).map(describeSubscription))
}

/** A subscription that the caller may look at: it exists, the token is of its tenant, and the caller holds a role in it. */
function openSubscription(world: World, { caller, cloud }: ArmCall, id = ''): AzureSubscription {
  const subscription = world.config.subscriptions?.find((one) => one.id.toLowerCase() === id.toLowerCase())
  if (subscription === undefined) {
    throw new ArmRefusal(404, 'SubscriptionNotFound', `The subscription '${id}' could not be found.`)
  }
  if (subscription.tenantId !== caller.tenant.id) throw refuseTenantOf(caller, subscription.tenantId, cloud)
  if (seesSubscription(subscription, caller)) return subscription
  throw refuseAuthorization(caller, 'Microsoft.Resources/subscriptions/read', `/subscriptions/${subscription.id}`)
}

function listGroups(world: World, call: ArmCall, [id]: readonly string[]): object {
  const subscription = openSubscription(world, call, id)
  const groups = subscription.resourceGroups.filter(({ name }) => readsGroup(subscription, call.caller, name))
  return list(groups.map((group) => describeGroup(subscription, group)))
}

/** Lists show what the caller may read, without a word about the rest. */
function readable(world: World, { caller }: ArmCall, subscription: AzureSubscription): readonly PlacedRegistry[] {
  return registriesOf(world, subscription).filter(({ group }) => readsRegistries(subscription, caller, group.name))
}

/** `$filter=resourceType eq '…' and name eq '…'`, as Azure CLI looks for a registry by name. */
function listResources(world: World, call: ArmCall, [id]: readonly string[]): object {
  const subscription = openSubscription(world, call, id)
  const filter = call.url.searchParams.get('$filter')
  const terms = filter === null ? [] : parseFilter(filter)
  if (terms === undefined) {
    throw new ArmRefusal(
      400,
      'InvalidFilterInQueryString',
      `Invalid $filter '${filter}' specified in the query string.`,
    )
  }
  const values: Readonly<Record<string, (placed: PlacedRegistry) => string>> = {
    resourcetype: () => REGISTRY_TYPE,
    name: ({ name }) => name,
    resourcegroup: ({ group }) => group.name,
    location: ({ group }) => group.location,
  }
  const unknown = terms.find(({ property }) => values[property.toLowerCase()] === undefined)
  if (unknown !== undefined) {
    throw new ArmRefusal(400, 'InvalidFilterInQueryString', `The sandbox cannot filter by '${unknown.property}'.`)
  }
  const fits = (placed: PlacedRegistry): boolean =>
    terms.every(({ property, value }) => values[property.toLowerCase()]?.(placed).toLowerCase() === value.toLowerCase())
  return list(readable(world, call, subscription).filter(fits).map(describeResource))
}

/** Authorization comes before existence: who may not read is not told whether there is anything. */
function getRegistry(world: World, call: ArmCall, names: readonly string[]): object {
  const [id, groupName = '', name = ''] = names
  const { caller } = call
  const known = world.config.subscriptions?.find((one) => one.id.toLowerCase() === id?.toLowerCase())
  const subscription =
    known !== undefined && known.tenantId === caller.tenant.id ? known : openSubscription(world, call, id)
  const scope = `/subscriptions/${subscription.id}/resourceGroups/${groupName}/providers/${REGISTRY_TYPE}/${name}`
  if (!readsRegistries(subscription, caller, groupName)) {
    throw refuseAuthorization(caller, `${REGISTRY_TYPE}/read`, scope)
  }
  const group = subscription.resourceGroups.find((one) => one.name.toLowerCase() === groupName.toLowerCase())
  if (group === undefined) {
    throw new ArmRefusal(404, 'ResourceGroupNotFound', `Resource group '${groupName}' could not be found.`)
  }
  const placed = registriesOf(world, subscription).find(
    (one) => one.group === group && one.name.toLowerCase() === name.toLowerCase(),
  )
  if (placed !== undefined) return describeRegistry(placed)
  const text = `The Resource '${REGISTRY_TYPE}/${name}' under resource group '${group.name}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`
  throw new ArmRefusal(404, 'ResourceNotFound', text)
}

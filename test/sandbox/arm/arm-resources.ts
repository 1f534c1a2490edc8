import type { Tenant } from '../config.ts'
import type { AcrRegistry } from '../registry/acr-config.ts'
import type { AzureResourceGroup, AzureSubscription } from '../config-azure.ts'
import type { World } from '../world.ts'

/** Resource type of a registry. */
export const REGISTRY_TYPE = 'Microsoft.ContainerRegistry/registries'

/** A registry with the place where ARM keeps it. */
export type PlacedRegistry = {
  readonly subscription: AzureSubscription
  readonly group: AzureResourceGroup
  readonly registry: AcrRegistry
  /** The first label of its login server. */
  readonly name: string
}

/** Every registry of a subscription. */
export function registriesOf(world: World, subscription: AzureSubscription): readonly PlacedRegistry[] {
  return subscription.resourceGroups.flatMap((group) =>
    (group.registries ?? []).flatMap((loginServer) => {
      const registry = world.config.acrRegistries.find((one) => one.loginServer === loginServer)
      return registry === undefined ? [] : [{ subscription, group, registry, name: loginServer.split('.')[0] ?? '' }]
    }),
  )
}

/** As `GET /subscriptions` shows one (Resource Manager REST reference). */
export function describeSubscription({ id, displayName, tenantId }: AzureSubscription): object {
  return {
    id: `/subscriptions/${id}`,
    authorizationSource: 'RoleBased',
    managedByTenants: [],
    subscriptionId: id,
    tenantId,
    displayName,
    state: 'Enabled',
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'PayAsYouGo_2014-09-01',
      spendingLimit: 'Off',
    },
  }
}

/** As `GET /tenants` shows one. */
export function describeTenant({ id, domains = [] }: Tenant): object {
  return {
    id: `/tenants/${id}`,
    tenantId: id,
    tenantCategory: 'Home',
    displayName: domains[0] ?? id,
    defaultDomain: domains[0] ?? '',
    domains,
    tenantType: 'AAD',
  }
}

/** As `GET …/resourcegroups` shows one. */
export function describeGroup(subscription: AzureSubscription, { name, location }: AzureResourceGroup): object {
  return {
    id: `/subscriptions/${subscription.id}/resourceGroups/${name}`,
    name,
    type: 'Microsoft.Resources/resourceGroups',
    location,
    properties: { provisioningState: 'Succeeded' },
  }
}

/** As the generic list of resources shows a registry. */
export function describeResource(placed: PlacedRegistry): object {
  const { subscription, group, name } = placed
  return {
    id: `/subscriptions/${subscription.id}/resourceGroups/${group.name}/providers/${REGISTRY_TYPE}/${name}`,
    name,
    type: REGISTRY_TYPE,
    location: group.location,
    sku: { name: 'Premium', tier: 'Premium' },
    tags: {},
  }
}

/** As the registry's own resource provider shows it: what clients take the login server from. */
export function describeRegistry(placed: PlacedRegistry): object {
  const { registry } = placed
  const armPolicy = registry.acceptsArmTokens === false ? 'disabled' : 'enabled'
  return {
    ...describeResource(placed),
    properties: {
      loginServer: registry.loginServer,
      creationDate: '2024-01-01T00:00:00.0000000Z',
      provisioningState: 'Succeeded',
      adminUserEnabled: false,
      anonymousPullEnabled: false,
      dataEndpointEnabled: false,
      dataEndpointHostNames: [],
      publicNetworkAccess: 'Enabled',
      networkRuleBypassOptions: 'AzureServices',
      zoneRedundancy: 'Disabled',
      policies: { azureADAuthenticationAsArmPolicy: { status: armPolicy } },
    },
  }
}

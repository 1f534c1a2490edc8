import type { SandboxConfig } from '../config.ts'
import type { AzureSubscription, IdentityBinding } from '../config-azure.ts'
import { repeated } from '../repeated.ts'

/** What neither ARM nor AKS would hold, each with the path of the field in the state. */
export function azureFaults(config: SandboxConfig): readonly string[] {
  const { subscriptions = [], identityBindings = [] } = config
  const placed = subscriptions.flatMap(({ resourceGroups }) =>
    resourceGroups.flatMap(({ registries = [] }) => registries),
  )
  return [
    ...repeated(subscriptions.map(({ id }) => id.toLowerCase())).map((id) => `subscriptions: two have the id ${id}`),
    ...repeated(placed).map((server) => `subscriptions: the registry ${server} is in two places`),
    ...subscriptions.flatMap((subscription, index) =>
      subscriptionFaults(config, subscription, `subscriptions[${index}]`),
    ),
    ...identityBindings.flatMap((binding, index) => bindingFaults(config, binding, `identityBindings[${index}]`)),
  ]
}

function subscriptionFaults(config: SandboxConfig, subscription: AzureSubscription, path: string): readonly string[] {
  const { tenantId, resourceGroups } = subscription
  const known = config.acrRegistries.filter((registry) => registry.tenantId === tenantId)
  return [
    ...(config.tenants.some(({ id }) => id === tenantId) ? [] : [`${path}.tenantId: there is no tenant ${tenantId}`]),
    ...resourceGroups.flatMap(({ registries = [] }, group) =>
      registries
        .filter((server) => !known.some(({ loginServer }) => loginServer === server))
        .map((server) => `${path}.resourceGroups[${group}].registries: the tenant has no registry ${server}`),
    ),
  ]
}

function bindingFaults(config: SandboxConfig, binding: IdentityBinding, path: string): readonly string[] {
  const { issuer, tenantId, clientId } = binding
  const app = config.tenants.find(({ id }) => id === tenantId)?.apps.find((one) => one.clientId === clientId)
  const isManaged = app?.kind === 'managed-identity'
  return [
    ...(config.issuers.some(({ url }) => url === issuer) ? [] : [`${path}.issuer: there is no issuer ${issuer}`]),
    ...(isManaged ? [] : [`${path}.clientId: the tenant has no managed identity ${clientId}`]),
  ]
}

import type { AzureRoleAssignment, AzureSubscription } from '../config-azure.ts'
import type { ArmCaller } from './arm-caller.ts'

type Role = AzureRoleAssignment['role']

/** What the built-in roles may read (role definitions of Azure RBAC): the registry roles see registries and nothing around them. */
const READS_EVERYTHING: readonly Role[] = ['Owner', 'Contributor', 'Reader']
/** [K] assumption: that the two registry roles let their holder read the registry itself; only their `pull/read` is documented. */
const READS_REGISTRIES: readonly Role[] = [...READS_EVERYTHING, 'AcrPull', 'AcrPush']

/** Whether any role of the caller is in the subscription: then it is listed, and may be read itself. */
export function seesSubscription(subscription: AzureSubscription, caller: ArmCaller): boolean {
  return assignments(subscription, caller).length > 0
}

/** Whether the caller may read everything in a resource group. */
export function readsGroup(subscription: AzureSubscription, caller: ArmCaller, group: string): boolean {
  return holds(subscription, caller, { group, roles: READS_EVERYTHING })
}

/** Whether the caller may read the registries of a resource group. */
export function readsRegistries(subscription: AzureSubscription, caller: ArmCaller, group: string): boolean {
  return holds(subscription, caller, { group, roles: READS_REGISTRIES })
}

function holds(
  subscription: AzureSubscription,
  caller: ArmCaller,
  wanted: { group: string; roles: readonly Role[] },
): boolean {
  return assignments(subscription, caller).some(
    ({ role, resourceGroup }) =>
      wanted.roles.includes(role) &&
      (resourceGroup === undefined || resourceGroup.toLowerCase() === wanted.group.toLowerCase()),
  )
}

function assignments(subscription: AzureSubscription, caller: ArmCaller): readonly AzureRoleAssignment[] {
  return subscription.roleAssignments.filter(({ principalId }) => caller.principalIds.includes(principalId))
}

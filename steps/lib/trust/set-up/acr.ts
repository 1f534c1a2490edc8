import { bicepText, hcl, json, label, setUp, word, type SetUp } from './set-up.ts'

/** A role that lets an identity push to a registry, with the id that it has in every tenant (Azure built-in roles). */
type AcrRole = { readonly name: string; readonly id: string }

const push: AcrRole = { name: 'AcrPush', id: '8311e382-0749-4cb8-b61a-304f252e45ec' }
/** Counts where the registry is in repository mode (`rbac-abac`), which ignores `AcrPush`. */
const writer: AcrRole = { name: 'Container Registry Repository Writer', id: '2a1e307c-b015-4ebd-883e-5b7698a07328' }

/** Whom to give the role, and where. */
export type AcrAssignment = {
  readonly principal: string
  readonly loginServer: string
  /** What the assignment's name is made of in Bicep, which must know names before anything is created; the principal where it is absent. */
  readonly seed?: string | undefined
}

/** The two roles of which a registry counts one, by its permission mode. */
export function acrAssignments(assignment: AcrAssignment): readonly SetUp[] {
  return [
    acrAssignment(assignment, push, 'in the mode "RBAC Registry Permissions"'),
    acrAssignment(assignment, writer, 'in the mode "RBAC Registry + ABAC Repository Permissions"'),
  ]
}

function acrAssignment(
  { principal, loginServer, seed = principal }: AcrAssignment,
  { name, id }: AcrRole,
  mode: string,
): SetUp {
  // The registry's own name is the first label of its host, up to the hash of a domain name label.
  const registry = (loginServer.split('.')[0] ?? loginServer).replace(/-[a-z0-9]{10,}$/, '')
  return setUp(`role ${name} on ${loginServer}, which counts ${mode}`, {
    json: json({
      properties: {
        roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${id}`,
        principalId: principal,
        principalType: 'ServicePrincipal',
      },
    }),
    az: `REGISTRY_RESOURCE_ID=$(az acr show --name ${registry} --query id --output tsv)
az role assignment create --role ${word(name)} \\
  --assignee-object-id ${word(principal)} \\
  --assignee-principal-type ServicePrincipal \\
  --scope "$REGISTRY_RESOURCE_ID"`,
    terraform: `data "azurerm_container_registry" "${label(registry)}" {
  name                = ${hcl(registry)}
  resource_group_name = "GROUP"
}
resource "azurerm_role_assignment" "${label(`${registry} ${name}`)}" {
  scope                = data.azurerm_container_registry.${label(registry)}.id
  role_definition_name = ${hcl(name)}
  principal_id         = ${hcl(principal)}
  principal_type       = "ServicePrincipal"
}`,
    bicep: `resource registry_${label(registry)} 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = {
  name: ${bicepText(registry)}
}
resource ${label(`${registry} ${name}`)} 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry_${label(registry)}.id, ${bicepText(seed)}, ${bicepText(id)})
  scope: registry_${label(registry)}
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ${bicepText(id)})
    principalId: ${bicepText(principal)}
    principalType: 'ServicePrincipal'
  }
}`,
  })
}

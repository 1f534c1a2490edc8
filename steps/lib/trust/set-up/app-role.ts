import { awsAppHole } from './entra.ts'
import { bicepText, hcl, json, setUp, word, type SetUp } from './set-up.ts'

/** Name of the app role that decides who gets tokens for the app behind an AWS role. */
const pushRole = 'Push'

/** The id of the app role, chosen here: whoever applies the same set-up twice does not make a second role. */
const pushRoleId = '1f0d2c5e-6a3b-4c7d-9e8f-2b4d6f8a0c1e'

const appRole = {
  allowedMemberTypes: ['Application'],
  displayName: pushRole,
  description: 'Push to ECR',
  id: pushRoleId,
  isEnabled: true,
  value: pushRole,
}

/**
 * An Entra app that stands for an AWS role: its tokens go to STS. Version 2 of tokens, whose `azp` AWS compares; and an assignment is
 * required, or any client of the tenant gets its tokens.
 */
export function awsApp(uri: string): SetUp {
  const name = uri.replace(/^api:\/\//, '')
  return setUp(`application ${name}, which stands for the AWS role`, {
    json: json({
      displayName: name,
      identifierUris: [uri],
      api: { requestedAccessTokenVersion: 2 },
      appRoles: [appRole],
    }),
    az: `AWS_APP_ID=$(az ad app create --display-name ${word(name)} --identifier-uris ${word(uri)} --query appId --output tsv \\
  --app-roles ${word(JSON.stringify([appRole]))})
az rest --method patch --url "https://graph.microsoft.com/v1.0/applications(appId='$AWS_APP_ID')" \\
  --body '{"api":{"requestedAccessTokenVersion":2}}'
az ad sp create --id "$AWS_APP_ID"
az ad sp update --id "$AWS_APP_ID" --set appRoleAssignmentRequired=true`,
    terraform: `resource "azuread_application" "aws" {
  display_name    = ${hcl(name)}
  identifier_uris = [${hcl(uri)}]
  api {
    requested_access_token_version = 2
  }
  app_role {
    allowed_member_types = ["Application"]
    description          = ${hcl(appRole.description)}
    display_name         = ${hcl(pushRole)}
    id                   = ${hcl(pushRoleId)}
    value                = ${hcl(pushRole)}
  }
}
resource "azuread_service_principal" "aws" {
  client_id                    = azuread_application.aws.client_id
  app_role_assignment_required = true
}
locals {
  aws_app_id = azuread_service_principal.aws.client_id
}`,
    bicep: `extension microsoftGraphV1
resource aws 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: ${bicepText(name)}
  displayName: ${bicepText(name)}
  identifierUris: [${bicepText(uri)}]
  api: { requestedAccessTokenVersion: 2 }
  appRoles: [
    {
      allowedMemberTypes: ['Application']
      description: ${bicepText(appRole.description)}
      displayName: ${bicepText(pushRole)}
      id: ${bicepText(pushRoleId)}
      isEnabled: true
      value: ${bicepText(pushRole)}
    }
  ]
}
resource awsPrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: aws.appId
  appRoleAssignmentRequired: true
}
var awsAppId = aws.appId`,
  })
}

/** Whose app role on which resource; `id` is a client id or an application ID URI. */
export type Assignment = {
  /** Client id of whoever is to get tokens. */
  readonly client: string
  /** What the resource is found by: its client id, or its application ID URI. */
  readonly resource: string
}

/** An app role, given directly to the client's service principal: one that comes by a group does not count. */
export function appRoleAssignment({ client, resource }: Assignment): SetUp {
  const byUri = resource.includes(':')
  const body = { principalId: 'CLIENT_PRINCIPAL_ID', resourceId: 'RESOURCE_PRINCIPAL_ID', appRoleId: 'APP_ROLE_ID' }
  return setUp(`app role of ${resource} for ${client}`, {
    json: json(body),
    az: `CLIENT_PRINCIPAL_ID=$(az ad sp show --id ${word(client)} --query id --output tsv)
RESOURCE_PRINCIPAL_ID=$(az ad sp show --id ${word(resource)} --query id --output tsv)
APP_ROLE_ID=$(az ad sp show --id ${word(resource)} --query 'appRoles[0].id' --output tsv)
az rest --method post \\
  --url "https://graph.microsoft.com/v1.0/servicePrincipals/$RESOURCE_PRINCIPAL_ID/appRoleAssignedTo" \\
  --body "{\\"principalId\\":\\"$CLIENT_PRINCIPAL_ID\\",\\"resourceId\\":\\"$RESOURCE_PRINCIPAL_ID\\",\\"appRoleId\\":\\"$APP_ROLE_ID\\"}"`,
    terraform: `${
      byUri
        ? `data "azuread_application" "resource" {
  identifier_uri = ${hcl(resource)}
}
`
        : ''
    }data "azuread_service_principal" "resource" {
  client_id = ${byUri ? 'data.azuread_application.resource.client_id' : hcl(resource)}
}
data "azuread_service_principal" "assigned" {
  client_id = ${hcl(client)}
}
resource "azuread_app_role_assignment" "tekton" {
  app_role_id         = one(values(data.azuread_service_principal.resource.app_role_ids))
  principal_object_id = data.azuread_service_principal.assigned.object_id
  resource_object_id  = data.azuread_service_principal.resource.object_id
}`,
    // In a file that makes the resource itself nothing is looked up: Bicep would look before it is there.
    bicep:
      resource === awsAppHole
        ? `extension microsoftGraphV1
resource tektonRole 'Microsoft.Graph/appRoleAssignedTo@v1.0' = {
  appRoleId: ${bicepText(pushRoleId)}
  principalId: principalId
  resourceId: awsPrincipal.id
}`
        : `extension microsoftGraphV1
resource resourcePrincipal 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: ${byUri ? `'RESOURCE_CLIENT_ID' // of ${resource}` : bicepText(resource)}
}
resource assigned 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: ${bicepText(client)}
}
resource tektonRole 'Microsoft.Graph/appRoleAssignedTo@v1.0' = {
  appRoleId: resourcePrincipal.appRoles[0].id
  principalId: assigned.id
  resourceId: resourcePrincipal.id
}`,
  })
}

/** That only who has an app role gets tokens for a resource of one's own. */
export function assignmentRequired(resource: string): SetUp {
  return setUp(`assignment required for ${resource}`, {
    json: json({ appRoleAssignmentRequired: true }),
    az: `az ad sp update --id ${word(resource)} --set appRoleAssignmentRequired=true`,
    terraform: `# in the azuread_service_principal of ${resource}:
app_role_assignment_required = true`,
    bicep: `// in the Microsoft.Graph/servicePrincipals of ${resource}:
appRoleAssignmentRequired: true`,
  })
}

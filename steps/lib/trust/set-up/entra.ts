import { bicepText, hcl, hole, json, setUp, word, type SetUp } from './set-up.ts'

/** What trusts the pod: the kind decides where its federated credentials are kept. */
export type ClientKind = 'application' | 'managed-identity' | 'either'

/** One federated credential, as Entra compares it: case and trailing slash count. */
export type Credential = { readonly issuer: string; readonly subject: string; readonly audience: string }

const graph = 'extension microsoftGraphV1'

/** What a client's own ids are called until they are known. */
export const clientHole = hole('CLIENT_ID')
export const principalHole = hole('PRINCIPAL_ID')
export const awsAppHole = hole('AWS_APP_ID')

/** A name for the credential: 3-120 of `[A-Za-z0-9_-]` (Microsoft Graph, federatedIdentityCredential). */
export function credentialName(subject: string): string {
  const name = subject.replace(/^system:serviceaccount:/, '').replace(/[^A-Za-z0-9]+/g, '-')
  return `tekton-${name}`.slice(0, 120).replace(/-+$/, '')
}

/** The application that pipelines act as, with its service principal. */
export function newClient(name: string): SetUp {
  return setUp(`application ${name}, as which pipelines act`, {
    json: json({ displayName: name }),
    az: `CLIENT_ID=$(az ad app create --display-name ${word(name)} --query appId --output tsv)
PRINCIPAL_ID=$(az ad sp create --id "$CLIENT_ID" --query id --output tsv)`,
    terraform: `resource "azuread_application" "client" {
  display_name = ${hcl(name)}
}
resource "azuread_service_principal" "client" {
  client_id = azuread_application.client.client_id
}
locals {
  client_id    = azuread_service_principal.client.client_id
  principal_id = azuread_service_principal.client.object_id
}`,
    bicep: `${graph}
resource client 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: ${bicepText(name)}
  displayName: ${bicepText(name)}
}
resource clientPrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: client.appId
}
var clientId = client.appId
var principalId = clientPrincipal.id`,
  })
}

/** The user-assigned managed identity that pipelines act as. */
export function newIdentity(name: string): SetUp {
  return setUp(`managed identity ${name}, as which pipelines act`, {
    az: `az identity create --name ${word(name)} --resource-group GROUP
CLIENT_ID=$(az identity show --name ${word(name)} --resource-group GROUP --query clientId --output tsv)
PRINCIPAL_ID=$(az identity show --name ${word(name)} --resource-group GROUP --query principalId --output tsv)`,
    terraform: `data "azurerm_resource_group" "pipelines" {
  name = "GROUP"
}
resource "azurerm_user_assigned_identity" "client" {
  name                = ${hcl(name)}
  resource_group_name = data.azurerm_resource_group.pipelines.name
  location            = data.azurerm_resource_group.pipelines.location
}
locals {
  client_id    = azurerm_user_assigned_identity.client.client_id
  principal_id = azurerm_user_assigned_identity.client.principal_id
}`,
    bicep: `resource client 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: ${bicepText(name)}
  location: resourceGroup().location
}
var clientId = client.properties.clientId
var principalId = client.properties.principalId`,
  })
}

/** The object id of a client that is there already: what tokens call `oid`, and roles are given to. */
export function knownClient(clientId: string): SetUp {
  return setUp(`object id of the service principal of ${clientId}`, {
    az: `PRINCIPAL_ID=$(az ad sp show --id ${word(clientId)} --query id --output tsv)`,
    terraform: `data "azuread_service_principal" "client" {
  client_id = ${hcl(clientId)}
}
locals {
  principal_id = data.azuread_service_principal.client.object_id
}`,
    bicep: `${graph}
resource clientPrincipal 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: ${bicepText(clientId)}
}
var principalId = clientPrincipal.id`,
  })
}

/** The federated credential that lets exactly this pod's service account act as the client. */
export function federatedCredential(
  client: { readonly id: string; readonly name: string; readonly kind: ClientKind },
  { issuer, subject, audience }: Credential,
): SetUp {
  const name = credentialName(subject)
  const made = [application, managedIdentity].filter(({ kind }) => client.kind === 'either' || client.kind === kind)
  const both = (texts: readonly string[], mark: string) =>
    texts.length === 1
      ? (texts[0] ?? '')
      : made.map(({ title }, at) => `${mark} ${at === 0 ? '' : 'or '}${title}:\n${texts[at] ?? ''}`).join('\n')
  const credential = { name, issuer, subject, audience }
  return setUp(`federated credential ${name} of ${client.id}`, {
    json: json({ name, issuer, subject, audiences: [audience] }),
    az: both(
      made.map(({ az }) => az(client, credential)),
      '#',
    ),
    terraform: both(
      made.map(({ terraform }) => terraform(client, credential)),
      '#',
    ),
    bicep: both(
      made.map(({ bicep }) => bicep(client, credential)),
      '//',
    ),
  })
}

type Client = { readonly id: string; readonly name: string }
/** Made by the same file, which must then not look it up: it would look before it is there. */
function isNew({ id }: Client): boolean {
  return id === clientHole
}

type Named = Credential & { readonly name: string }

const application = {
  kind: 'application',
  title: 'of an app registration',
  az: ({ id }: Client, { audience, ...rest }: Named) =>
    `az ad app federated-credential create --id ${word(id)} \\
  --parameters ${word(json({ ...rest, audiences: [audience] }))}`,
  terraform: ({ id }: Client, { name, issuer, subject, audience }: Named) => `data "azuread_application" "trusting" {
  client_id = ${hcl(id)}
}
resource "azuread_application_federated_identity_credential" "tekton" {
  application_id = data.azuread_application.trusting.id
  display_name   = ${hcl(name)}
  issuer         = ${hcl(issuer)}
  subject        = ${hcl(subject)}
  audiences      = [${hcl(audience)}]
}`,
  bicep: (client: Client, { name, issuer, subject, audience }: Named) => `${graph}
${
  isNew(client)
    ? ''
    : `resource trusting 'Microsoft.Graph/applications@v1.0' existing = {
  uniqueName: ${bicepText(client.name)}
}
`
}resource tekton 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = {
  name: '\${${isNew(client) ? 'client' : 'trusting'}.uniqueName}/${name}'
  issuer: ${bicepText(issuer)}
  subject: ${bicepText(subject)}
  audiences: [${bicepText(audience)}]
}`,
} as const

const managedIdentity = {
  kind: 'managed-identity',
  title: 'of a user-assigned managed identity',
  az: ({ name: identity }: Client, { name, issuer, subject, audience }: Named) =>
    `az identity federated-credential create --name ${name} \\
  --identity-name ${word(identity)} --resource-group GROUP \\
  --issuer ${word(issuer)} \\
  --subject ${word(subject)} \\
  --audiences ${word(audience)}`,
  terraform: (client: Client, { name, issuer, subject, audience }: Named) =>
    `${
      isNew(client)
        ? ''
        : `data "azurerm_user_assigned_identity" "trusting" {
  name                = ${hcl(client.name)}
  resource_group_name = "GROUP"
}
`
    }resource "azurerm_federated_identity_credential" "tekton" {
  name                = ${hcl(name)}
  resource_group_name = "GROUP"
  parent_id           = ${isNew(client) ? 'azurerm_user_assigned_identity.client.id' : 'data.azurerm_user_assigned_identity.trusting.id'}
  issuer              = ${hcl(issuer)}
  subject             = ${hcl(subject)}
  audience            = [${hcl(audience)}]
}`,
  bicep: (client: Client, { name, issuer, subject, audience }: Named) => `${
    isNew(client)
      ? ''
      : `resource trustingIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: ${bicepText(client.name)}
}
`
  }resource tektonCredential 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = {
  parent: ${isNew(client) ? 'client' : 'trustingIdentity'}
  name: ${bicepText(name)}
  properties: {
    issuer: ${bicepText(issuer)}
    subject: ${bicepText(subject)}
    audiences: [${bicepText(audience)}]
  }
}`,
} as const

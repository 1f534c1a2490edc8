import { azureCloud, type AzureCloudName } from '../lib/azure/clouds.ts'
import { resourceManager } from '../lib/azure/resource-manager.ts'
import type { IdentityUse } from '../lib/federation/identity-inputs.ts'

/** The tools ask Entra alone. */
export const environmentUse: IdentityUse = { entra: true, aws: false, places: [] }

type Identity = {
  readonly 'tenant-id': string | undefined
  readonly 'client-id': string | undefined
  readonly 'azure-cloud': AzureCloudName
  readonly 'federated-token-file': string
  readonly 'subscription-id': string | undefined
}

/** The variables that other people's tools read. None is a secret: the secret is in the token's file. */
export function variablesOf(inputs: Identity): Readonly<Record<string, string>> {
  const { 'tenant-id': tenant, 'client-id': client, 'federated-token-file': tokenFile, 'azure-cloud': cloud } = inputs
  if (tenant === undefined || client === undefined)
    throw new TypeError('an environment without Entra passed the checks')
  const subscription = inputs['subscription-id']
  return {
    // The Azure SDKs and kubelogin.
    AZURE_TENANT_ID: tenant,
    AZURE_CLIENT_ID: client,
    AZURE_FEDERATED_TOKEN_FILE: tokenFile,
    AZURE_AUTHORITY_HOST: `${azureCloud(cloud).authority}/`,
    // Without it an SDK that is refused goes on to the node's identity, and to whatever else it finds.
    AZURE_TOKEN_CREDENTIALS: 'WorkloadIdentityCredential',
    AAD_LOGIN_METHOD: 'workloadidentity',
    // Terraform: azurerm, azuread, azapi.
    ARM_USE_OIDC: 'true',
    ARM_USE_CLI: 'false',
    ARM_TENANT_ID: tenant,
    ARM_CLIENT_ID: client,
    ARM_OIDC_TOKEN_FILE_PATH: tokenFile,
    ARM_ENVIRONMENT: resourceManager(cloud).terraformName,
    ...(subscription === undefined ? {} : { ARM_SUBSCRIPTION_ID: subscription }),
  }
}

import type { AzureCloudName } from './clouds.ts'

/** What other people's clients know a cloud by, beside its authority. */
export type ResourceManager = {
  /** Entra resource of Azure Resource Manager (Azure/azure-cli core/cloud.py). */
  readonly resource: string
  /** `ARM_ENVIRONMENT` of Terraform's providers. */
  readonly terraformName: string
}

const managers: Readonly<Record<AzureCloudName, ResourceManager>> = {
  AzureCloud: { resource: 'https://management.azure.com', terraformName: 'public' },
  AzureUSGovernment: { resource: 'https://management.usgovcloudapi.net', terraformName: 'usgovernment' },
  AzureChinaCloud: { resource: 'https://management.chinacloudapi.cn', terraformName: 'china' },
}

/** Azure Resource Manager of a cloud. */
export function resourceManager(cloud: AzureCloudName): ResourceManager {
  return managers[cloud]
}

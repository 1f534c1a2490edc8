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

const graphs: Readonly<Record<AzureCloudName, string>> = {
  AzureCloud: 'https://graph.microsoft.com',
  AzureUSGovernment: 'https://graph.microsoft.us',
  AzureChinaCloud: 'https://microsoftgraph.chinacloudapi.cn',
}

/** Microsoft Graph of a cloud: the Entra resource, which is also where it answers. */
export function microsoftGraph(cloud: AzureCloudName): string {
  return graphs[cloud]
}

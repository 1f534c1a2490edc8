import type { AzureCloudName } from './clouds.ts'

const resources: Readonly<Record<AzureCloudName, string>> = {
  AzureCloud: 'https://graph.microsoft.com',
  AzureUSGovernment: 'https://graph.microsoft.us',
  AzureChinaCloud: 'https://microsoftgraph.chinacloudapi.cn',
}

/** Microsoft Graph of a cloud: the Entra resource, and where it answers (Azure/azure-cli core/cloud.py). */
export function graphOf(cloud: AzureCloudName): string {
  return resources[cloud]
}

import { clouds } from '../entra/clouds.ts'
import type { Cloud } from '../entra/clouds.ts'

type Names = {
  readonly name: string
  readonly acr: string
  readonly vault: string
  readonly storage: string
  readonly core: string
}

/** Azure CLI's cloud table (protocols §2). */
const NAMES: Readonly<Record<Cloud['name'], Names>> = {
  public: {
    name: 'AzureCloud',
    acr: 'azurecr.io',
    vault: 'vault.azure.net',
    storage: 'core.windows.net',
    core: 'https://management.core.windows.net/',
  },
  'us-government': {
    name: 'AzureUSGovernment',
    acr: 'azurecr.us',
    vault: 'vault.usgovcloudapi.net',
    storage: 'core.usgovcloudapi.net',
    core: 'https://management.core.usgovcloudapi.net/',
  },
  china: {
    name: 'AzureChinaCloud',
    acr: 'azurecr.cn',
    vault: 'vault.azure.cn',
    storage: 'core.chinacloudapi.cn',
    core: 'https://management.core.chinacloudapi.cn/',
  },
}

/** `GET /metadata/endpoints`, which needs no token: how `az cloud register` and Terraform learn a cloud's addresses. */
export function cloudMetadata(): readonly object[] {
  return clouds.map((cloud) => {
    const { name, acr, vault, storage, core } = NAMES[cloud.name]
    return {
      name,
      portal: `https://portal.${cloud.armHost.replace(/^management\./, '')}`,
      authentication: {
        loginEndpoint: `https://${cloud.authorityHosts[0]}`,
        audiences: [core, `https://${cloud.armHost}/`],
        tenant: 'common',
        identityProvider: 'AAD',
      },
      resourceManager: `https://${cloud.armHost}/`,
      microsoftGraphResourceId: `https://${cloud.graphHost}/`,
      suffixes: { acrLoginServer: acr, keyVaultDns: vault, storage },
    }
  })
}

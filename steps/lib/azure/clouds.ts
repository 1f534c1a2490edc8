/** One Azure cloud: where its Entra answers and what its names end in. */
export type AzureCloud = {
  /** The name that `az cloud list` gives it. */
  readonly name: AzureCloudName
  readonly authority: string
  readonly loginServerSuffix: string
  /** Audience that federated credentials of this cloud are made out to by default. */
  readonly federatedAudience: string
}

export type AzureCloudName = 'AzureCloud' | 'AzureUSGovernment' | 'AzureChinaCloud'

export const azureCloudNames = ['AzureCloud', 'AzureUSGovernment', 'AzureChinaCloud'] as const

/** Source: MicrosoftDocs/entra-docs authentication-national-cloud; Azure/azure-cli core/cloud.py. */
const clouds: Readonly<Record<AzureCloudName, AzureCloud>> = {
  AzureCloud: {
    name: 'AzureCloud',
    authority: 'https://login.microsoftonline.com',
    loginServerSuffix: '.azurecr.io',
    federatedAudience: 'api://AzureADTokenExchange',
  },
  AzureUSGovernment: {
    name: 'AzureUSGovernment',
    authority: 'https://login.microsoftonline.us',
    loginServerSuffix: '.azurecr.us',
    federatedAudience: 'api://AzureADTokenExchangeUSGov',
  },
  AzureChinaCloud: {
    name: 'AzureChinaCloud',
    authority: 'https://login.partner.microsoftonline.cn',
    loginServerSuffix: '.azurecr.cn',
    federatedAudience: 'api://AzureADTokenExchangeChina',
  },
}

/** Entra resource of container registries; the same in all clouds [K]. ARM tokens may be refused by a registry's policy, these are not. */
export const containerRegistryResource = 'https://containerregistry.azure.net'

export function azureCloud(name: AzureCloudName): AzureCloud {
  return clouds[name]
}

/** Host in `iss` of v1 tokens [K: outside of the public cloud]. */
export function v1IssuerHost(name: AzureCloudName): string {
  return name === 'AzureChinaCloud' ? 'sts.chinacloudapi.cn' : 'sts.windows.net'
}

const oneLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const regionalLabels = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.[a-z0-9]{1,50}\.geo$/

/**
 * Whether a host is a registry of the cloud: `<registry>.azurecr.io`, where the registry's label may carry the hash of a domain
 * name label, or its regional endpoint `<registry>.<region>.geo.azurecr.io`; the other clouds have the same forms [K]
 * (Microsoft's container-registry-endpoint-reference). Compared whole: data endpoints and what only ends alike are none.
 */
export function isLoginServer(host: string, cloud: AzureCloudName): boolean {
  const { loginServerSuffix } = clouds[cloud]
  const labels = host.endsWith(loginServerSuffix) ? host.slice(0, -loginServerSuffix.length) : ''
  return oneLabel.test(labels) || regionalLabels.test(labels)
}

/** Authority hosts as the AKS webhook's `AZURE_AUTHORITY_HOST` may spell them, without trailing slash → cloud. */
export const cloudByAuthorityHost: Readonly<Record<string, AzureCloudName>> = {
  'https://login.microsoftonline.com': 'AzureCloud',
  'https://login.microsoftonline.us': 'AzureUSGovernment',
  'https://login.partner.microsoftonline.cn': 'AzureChinaCloud',
  'https://login.chinacloudapi.cn': 'AzureChinaCloud',
}

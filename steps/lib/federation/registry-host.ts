import { parseEcrHost, type EcrHost } from '../aws/ecr-host.ts'
import { azureCloud, type AzureCloudName } from '../azure/clouds.ts'

/** A registry that an identity of ours can get into. */
export type RegistryHost =
  | { readonly kind: 'acr'; readonly host: string }
  | { readonly kind: 'ecr'; readonly host: string; readonly ecr: EcrHost }

/** What is said of every other host. */
export function supportedHosts(cloud: AzureCloudName): string {
  return `a private ECR registry (<account>.dkr.ecr.<region>.amazonaws.com) or an Azure Container Registry (*${azureCloud(cloud).loginServerSuffix})`
}

/**
 * Which registry a host name belongs to; undefined when none that is supported. Compared whole: a credential must never go to a
 * host that only looks like a registry (`contoso.azurecr.io.example`). One label before the suffix; its name is not made up.
 */
export function classifyRegistryHost(host: string, cloud: AzureCloudName): RegistryHost | undefined {
  const ecr = parseEcrHost(host)
  if (ecr !== undefined) return { kind: 'ecr', host, ecr }
  const suffix = azureCloud(cloud).loginServerSuffix
  const name = host.endsWith(suffix) ? host.slice(0, -suffix.length) : ''
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name) ? { kind: 'acr', host } : undefined
}

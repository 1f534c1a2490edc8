import { ecrPublicRegion } from '../aws/ecr-public-region.ts'
import type { AwsPlace } from './identity-inputs.ts'
import { parseEcrHost, parseEcrPublicHost, type EcrHost, type EcrPublicHost } from '../aws/ecr-host.ts'
import { azureCloud, isLoginServer, type AzureCloudName } from '../azure/clouds.ts'

/** A registry that an identity of ours can get into. */
export type RegistryHost =
  | { readonly kind: 'acr'; readonly host: string }
  | { readonly kind: 'ecr'; readonly host: string; readonly ecr: EcrHost }
  | { readonly kind: 'ecr-public'; readonly host: string; readonly ecrPublic: EcrPublicHost }

/** What is said of every other host. */
export function supportedHosts(cloud: AzureCloudName): string {
  const { loginServerSuffix } = azureCloud(cloud)
  return `a private ECR registry (<account>.dkr.ecr.<region>.amazonaws.com, or its FIPS, dual-stack or partition's form), ECR Public (public.ecr.aws) or an Azure Container Registry (*${loginServerSuffix}, *.<region>.geo${loginServerSuffix})`
}

/**
 * Which registry a host name belongs to; undefined when none that is supported. Compared whole: a credential must never go to a
 * host that only looks like a registry (`contoso.azurecr.io.example`).
 */
export function classifyRegistryHost(host: string, cloud: AzureCloudName): RegistryHost | undefined {
  const ecr = parseEcrHost(host)
  if (ecr !== undefined) return { kind: 'ecr', host, ecr }
  const ecrPublic = parseEcrPublicHost(host)
  if (ecrPublic !== undefined) return { kind: 'ecr-public', host, ecrPublic }
  return isLoginServer(host, cloud) ? { kind: 'acr', host } : undefined
}

/** Where in AWS a registry is. */
export function awsPlaceOf(registry: Exclude<RegistryHost, { kind: 'acr' }>): AwsPlace {
  if (registry.kind === 'ecr') return registry.ecr
  return { ...registry.ecrPublic, partition: 'aws', region: ecrPublicRegion }
}

import { aksServerApp } from './aks.ts'
import type { AzureCloudName } from './clouds.ts'
import { microsoftGraph, resourceManager } from './resource-manager.ts'

/** A host, or with a leading dot everything below a suffix, and the Entra resource whose token is for it. */
export type ResourceHost = readonly [host: string, resource: string]

const storage = 'https://storage.azure.com'

/** One app for Azure DevOps in every tenant (Microsoft's "Microsoft Entra authentication" of Azure DevOps). */
const devOps = '499b84ac-1321-427f-aa17-267ca6975798'

function storageHosts(suffix: string): ResourceHost[] {
  return ['blob', 'dfs', 'queue', 'table', 'file'].map((service) => [`.${service}.${suffix}`, storage])
}

function managerHost(cloud: AzureCloudName): ResourceHost {
  const { resource } = resourceManager(cloud)
  return [new URL(resource).host, resource]
}

function graphHost(cloud: AzureCloudName): ResourceHost {
  const resource = microsoftGraph(cloud)
  return [new URL(resource).host, resource]
}

/**
 * Which token is for which host. A token opens all that its resource holds: it goes to hosts of this table alone. Sources: Azure/azure-cli
 * core/cloud.py and the services' own pages on Entra authentication; for the other clouds than the public one [K].
 */
const hosts: Readonly<Record<AzureCloudName, readonly ResourceHost[]>> = {
  AzureCloud: [
    managerHost('AzureCloud'),
    graphHost('AzureCloud'),
    ['.vault.azure.net', 'https://vault.azure.net'],
    ['.managedhsm.azure.net', 'https://managedhsm.azure.net'],
    ...storageHosts('core.windows.net'),
    ['api.loganalytics.io', 'https://api.loganalytics.io'],
    ['api.loganalytics.azure.com', 'https://api.loganalytics.io'],
    ['.ingest.monitor.azure.com', 'https://monitor.azure.com'],
    ['.azconfig.io', 'https://azconfig.io'],
    ['.servicebus.windows.net', 'https://servicebus.azure.net'],
    ['.eventgrid.azure.net', 'https://eventgrid.azure.net'],
    ['.search.windows.net', 'https://search.azure.com'],
    ['.cognitiveservices.azure.com', 'https://cognitiveservices.azure.com'],
    ['.openai.azure.com', 'https://cognitiveservices.azure.com'],
    ['dev.azure.com', devOps],
    ['.azmk8s.io', aksServerApp],
  ],
  AzureUSGovernment: [
    managerHost('AzureUSGovernment'),
    graphHost('AzureUSGovernment'),
    ['.vault.usgovcloudapi.net', 'https://vault.usgovcloudapi.net'],
    ...storageHosts('core.usgovcloudapi.net'),
    ['api.loganalytics.us', 'https://api.loganalytics.us'],
    ['.azmk8s.us', aksServerApp],
  ],
  AzureChinaCloud: [
    managerHost('AzureChinaCloud'),
    graphHost('AzureChinaCloud'),
    ['.vault.azure.cn', 'https://vault.azure.cn'],
    ...storageHosts('core.chinacloudapi.cn'),
    ['api.loganalytics.azure.cn', 'https://api.loganalytics.azure.cn'],
    ['.azmk8s.cn', aksServerApp],
  ],
}

/** The table of a cloud. */
export function resourceHosts(cloud: AzureCloudName): readonly ResourceHost[] {
  return hosts[cloud]
}

/** The Entra resource whose token is for a host; undefined when the host is not on the table of the cloud. Compared whole: what only ends alike is none. */
export function resourceOfHost(host: string, cloud: AzureCloudName): string | undefined {
  const isIt = ([name]: ResourceHost) =>
    name.startsWith('.') ? host.endsWith(name) && host.length > name.length : host === name
  return hosts[cloud].find(isIt)?.[1]
}

/** Whether a resource is one of the table: its tokens open more than one host's doors, and go to no other host. */
export function isTableResource(resource: string, cloud: AzureCloudName): boolean {
  const plain = (text: string) => text.replace(/(\/\.default)?\/*$/, '').toLowerCase()
  return hosts[cloud].some(([, known]) => plain(known) === plain(resource))
}

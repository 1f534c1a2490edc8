/** Where logs are ingested, and the Entra resource of each cloud (Logs Ingestion API; the other clouds than the public one [K]). */
const clouds: readonly (readonly [suffix: string, resource: string])[] = [
  ['.ingest.monitor.azure.com', 'https://monitor.azure.com'],
  ['.ingest.monitor.azure.us', 'https://monitor.azure.us'],
  ['.ingest.monitor.azure.cn', 'https://monitor.azure.cn'],
]

/** The Entra resource whose tokens a data collection endpoint takes; undefined when the host is none. */
export function ingestionResource(host: string): string | undefined {
  return clouds.find(([suffix]) => host.endsWith(suffix) && host.length > suffix.length)?.[1]
}

/** The stream of a data collection rule: the rule by its immutable id, the stream as the rule declares it. */
export const ingestionPath = /^\/dataCollectionRules\/dcr-[0-9a-f]{32}\/streams\/Custom-[A-Za-z]\w{0,98}$/

/** The version of the API that is spoken. */
export const ingestionVersion = '2023-01-01'

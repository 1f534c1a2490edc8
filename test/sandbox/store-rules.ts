import { isKnownRegion } from './aws/hosts.ts'
import type { SandboxConfig } from './config.ts'
import { repeated } from './repeated.ts'

/** What no bucket and no data collection rule would be. */
export function storeFaults({ accounts, logIngestion = [], tenants }: SandboxConfig): readonly string[] {
  const buckets = accounts.flatMap(({ buckets: own = [] }) => own)
  const ids = tenants.map(({ id }) => id)
  return [
    // Bucket names are the whole world's.
    ...repeated(buckets.map(({ name }) => name)).map((name) => `buckets: the bucket ${name} is there twice`),
    ...buckets
      .filter(({ region }) => !isKnownRegion(region))
      .map(({ name, region }) => `buckets: ${name} is in ${region}, which is no region of AWS`),
    ...repeated(logIngestion.map(({ immutableId }) => immutableId)).map((id) => `logIngestion: ${id} is there twice`),
    ...logIngestion.flatMap(({ tenantId }, index) =>
      ids.includes(tenantId) ? [] : [`logIngestion[${index}].tenantId: there is no tenant ${tenantId}`],
    ),
  ]
}

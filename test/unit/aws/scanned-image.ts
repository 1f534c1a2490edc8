import type { ScanFindings } from '../../../steps/lib/aws/ecr-findings.ts'
import { awaitScan } from '../../../steps/lib/aws/ecr-scan.ts'
import type { Patience } from '../../../steps/lib/core/retry.ts'
import type { EcrRepository } from '../../sandbox/config.ts'
import { openFederated, type AccountChange, type Federated } from './federated.ts'
import { accessTo, pushImage } from './pushed-image.ts'

/** A cloud with one image just pushed, and a wait for its scan. */
export type Scanned = {
  readonly cloud: Federated
  readonly digest: string
  scan(patience?: Partial<Patience>): Promise<ScanFindings>
} & AsyncDisposable

/** Pushes the image into a repository that is scanned so. */
export async function pushed(
  repository: Partial<EcrRepository>,
  change: AccountChange = {},
  kind: 'image' | 'index' = 'image',
): Promise<Scanned> {
  const cloud = await openFederated({ repository, ...change })
  const access = accessTo(cloud)
  const digest = await pushImage(cloud, access, kind)
  cloud.calls('ecr')
  const { patience } = cloud.federation.services
  return {
    cloud,
    digest,
    scan: async (less = {}) => await awaitScan(access.request, { digest, patience: { ...patience, ...less } }),
    [Symbol.asyncDispose]: async () => await cloud[Symbol.asyncDispose](),
  }
}

/** What a scan of the tests finds, as the sandbox is told it. */
export const scanFindings = [
  { name: 'CVE-2026-1', severity: 'HIGH' },
  { name: 'CVE-2026-2', severity: 'LOW' },
] as const
/** The same as we read it. */
export const found = {
  counts: { HIGH: 1, LOW: 1 },
  worst: [
    { name: 'CVE-2026-1', severity: 'HIGH' },
    { name: 'CVE-2026-2', severity: 'LOW' },
  ],
}

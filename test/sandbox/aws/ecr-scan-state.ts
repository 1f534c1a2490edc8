import type { ScanFinding } from '../config-ecr-images.ts'
import type { StoredManifest } from '../registry/repository.ts'
import type { World } from '../world.ts'
import type { RepositoryTarget } from './ecr-target.ts'
import type { JsonObject } from './json-object.ts'

// Beside the world: when each image was last scanned by hand, in epoch milliseconds.
const scansByWorld = new WeakMap<World, Map<string, number>>()

const keyOf = ({ registry, name }: RepositoryTarget, digest: string): string =>
  `${registry.account}/${registry.region}/${name}@${digest}`

/** Books a scan. */
export const bookScan = (world: World, target: RepositoryTarget, digest: string): void => {
  const scans = scansByWorld.get(world) ?? new Map<string, number>()
  scansByWorld.set(world, scans.set(keyOf(target, digest), world.clock.now()))
}

/** Whether Amazon Inspector scans the repository, on its own account. */
export const isEnhanced = ({ repository }: RepositoryTarget): boolean => repository.scanning?.mode === 'enhanced'

/** When the scan began: by hand, or on its push where that is scanned; undefined when it never did. */
export const scannedAt = (world: World, target: RepositoryTarget, manifest: StoredManifest): number | undefined =>
  scansByWorld.get(world)?.get(keyOf(target, manifest.digest)) ??
  (target.repository.scanOnPush === true || isEnhanced(target) ? (manifest.pushedAt ?? world.clock.now()) : undefined)

/** How many findings there are of each severity. */
export const severityCounts = (findings: readonly ScanFinding[]): JsonObject =>
  Object.fromEntries(
    [...new Set(findings.map(({ severity }) => severity))].map((severity) => [
      severity,
      findings.filter((finding) => finding.severity === severity).length,
    ]),
  )

/** [K] assumption: the texts, but those of ACTIVE (alexjurkiewicz/ecr-scan-image 45) and of UNSUPPORTED_IMAGE (ECR user guide). */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  PENDING: 'The scan is waiting to begin.',
  COMPLETE: 'The scan was completed successfully.',
  ACTIVE: 'Continuous scan is selected for image.',
  UNSUPPORTED_IMAGE: 'UnsupportedImageError: The operating system and/or package manager are not supported.',
  FAILED: 'The scan failed.',
}

/** State of a scan; findings are only in what it ended as. */
export type ScanState = {
  readonly imageScanStatus: JsonObject & { readonly status: string }
  /** Epoch milliseconds; undefined while there are no findings to be had. */
  readonly completedAt: number | undefined
}

/** How far the scan is that began then: a scan by hand is IN_PROGRESS, one of Amazon Inspector PENDING before it is over. */
export const scanState = (world: World, target: RepositoryTarget, beganAt: number): ScanState => {
  const { outcome, seconds = 0 } = target.repository.scanning ?? {}
  const endsAt = beganAt + seconds * 1000
  const [before, after] = isEnhanced(target) ? ['PENDING', 'ACTIVE'] : ['IN_PROGRESS', 'COMPLETE']
  const status = world.clock.now() < endsAt ? before : (outcome ?? after)
  const description = DESCRIPTIONS[status]
  return {
    imageScanStatus: { status, ...(description === undefined ? {} : { description }) },
    completedAt: status === 'COMPLETE' || status === 'ACTIVE' ? endsAt : undefined,
  }
}

/** What DescribeImages says of an image's scan. */
export const scanSummary = (world: World, target: RepositoryTarget, manifest: StoredManifest): JsonObject => {
  const at = scannedAt(world, target, manifest)
  if (at === undefined) return {}
  const { imageScanStatus, completedAt } = scanState(world, target, at)
  if (completedAt === undefined) return { imageScanStatus }
  const findingSeverityCounts = severityCounts(target.repository.scanFindings ?? [])
  return {
    imageScanStatus,
    imageScanFindingsSummary: {
      imageScanCompletedAt: completedAt / 1000,
      vulnerabilitySourceUpdatedAt: completedAt / 1000,
      findingSeverityCounts,
    },
  }
}

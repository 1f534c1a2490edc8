import type { ScanFinding } from '../config.ts'
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

/** When the image was scanned: by hand, or on its push where the repository does that; undefined when it never was. */
export const scannedAt = (world: World, target: RepositoryTarget, manifest: StoredManifest): number | undefined =>
  scansByWorld.get(world)?.get(keyOf(target, manifest.digest)) ??
  (target.repository.scanOnPush === true ? (manifest.pushedAt ?? world.clock.now()) : undefined)

/** How many findings there are of each severity. */
export const severityCounts = (findings: readonly ScanFinding[]): JsonObject =>
  Object.fromEntries(
    [...new Set(findings.map(({ severity }) => severity))].map((severity) => [
      severity,
      findings.filter((finding) => finding.severity === severity).length,
    ]),
  )

/** [K] assumption: the text. Scans here are over as soon as they begin. */
export const COMPLETE = { status: 'COMPLETE', description: 'The scan was completed successfully.' }

/** What DescribeImages says of an image's scan. */
export const scanSummary = (world: World, target: RepositoryTarget, manifest: StoredManifest): JsonObject => {
  const at = scannedAt(world, target, manifest)
  if (at === undefined) return {}
  const findingSeverityCounts = severityCounts(target.repository.scanFindings ?? [])
  return {
    imageScanStatus: COMPLETE,
    imageScanFindingsSummary: {
      imageScanCompletedAt: at / 1000,
      vulnerabilitySourceUpdatedAt: at / 1000,
      findingSeverityCounts,
    },
  }
}

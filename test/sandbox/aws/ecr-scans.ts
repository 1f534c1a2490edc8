import type { ImageSigning, ScanFinding } from '../config-ecr-images.ts'
import type { StoredManifest } from '../registry/repository.ts'
import type { World } from '../world.ts'
import { AwsFault } from './aws-fault.ts'
import { readImageId, requireImage } from './ecr-image-ids.ts'
import { nextOf, pageOf } from './ecr-paging.ts'
import { bookScan, isEnhanced, scannedAt, scanState, severityCounts } from './ecr-scan-state.ts'
import { named, requireRepository } from './ecr-target.ts'
import type { JsonObject } from './json-object.ts'
import type { JsonOperation } from './json-operation.ts'

const ONE_DAY_MS = 24 * 3_600_000

/** Scans an image; an image is scanned once a day at most (ECR user guide). [K] assumption: the code for an index. */
export const startImageScan: JsonOperation = (world, call) => {
  const id = readImageId(call.input)
  const target = requireRepository(world, call, 'ecr:StartImageScan')
  const manifest = requireImage(target, id)
  // alexjurkiewicz/ecr-scan-image 44.
  if (isEnhanced(target)) throw new AwsFault('ValidationException', 'This feature is disabled')
  if (/\.image\.index\.|\.manifest\.list\./.test(manifest.mediaType))
    throw new AwsFault('UnsupportedImageTypeException', 'The image is of a type that cannot be scanned.')
  const before = scannedAt(world, target, manifest)
  if (before !== undefined && world.clock.now() - before < ONE_DAY_MS)
    throw new AwsFault('LimitExceededException', 'The scan quota per image has been exceeded. Wait and try again.')
  bookScan(world, target, manifest.digest)
  const imageId = { ...id, imageDigest: manifest.digest }
  return { ...named(target), imageId, imageScanStatus: { status: 'IN_PROGRESS' } }
}

/** What a scan found, as the configuration says it finds. */
export const describeImageScanFindings: JsonOperation = (world, call) => {
  const id = readImageId(call.input)
  const target = requireRepository(world, call, 'ecr:DescribeImageScanFindings')
  const manifest = requireImage(target, id)
  const at = scannedAt(world, target, manifest)
  if (at === undefined)
    throw new AwsFault(
      'ScanNotFoundException',
      `Image scan does not exist for the image with '{imageDigest:'${manifest.digest}', imageTag:'${id.imageTag ?? 'null'}'}' in the repository with name '${target.name}' in the registry with id '${target.registry.account}'`,
    )
  const all = target.repository.scanFindings ?? []
  const { imageScanStatus, completedAt } = scanState(world, target, at)
  const answer = { ...named(target), imageId: { ...id, imageDigest: manifest.digest }, imageScanStatus }
  if (completedAt === undefined) return answer
  const page = pageOf(call.input, all)
  const imageScanFindings: JsonObject = {
    imageScanCompletedAt: completedAt / 1000,
    vulnerabilitySourceUpdatedAt: completedAt / 1000,
    findingSeverityCounts: severityCounts(all),
    ...(isEnhanced(target) ? { enhancedFindings: page.items.map(enhanced) } : { findings: page.items }),
  }
  return { ...answer, imageScanFindings, ...nextOf(page) }
}

/** A finding as Amazon Inspector has it (API reference, EnhancedImageScanFinding). */
const enhanced = ({ name, severity, description, uri }: ScanFinding): JsonObject => ({
  title: `${name} - sandbox`,
  severity,
  status: 'ACTIVE',
  type: 'PACKAGE_VULNERABILITY',
  packageVulnerabilityDetails: { vulnerabilityId: name, ...(uri === undefined ? {} : { sourceUrl: uri }) },
  ...(description === undefined ? {} : { description }),
})

/** [K] assumption: an image of a repository without managed signing has an empty list. */
export const describeImageSigningStatus: JsonOperation = (world, call) => {
  const id = readImageId(call.input)
  const target = requireRepository(world, call, 'ecr:DescribeImageSigningStatus')
  const manifest = requireImage(target, id)
  const imageId = { ...id, imageDigest: manifest.digest }
  const signingStatuses = (target.repository.signing ?? []).map((signing) => signingStatus(world, manifest, signing))
  return { ...named(target), imageId, signingStatuses }
}

const signingStatus = (
  world: World,
  { pushedAt = 0 }: StoredManifest,
  { seconds = 0, signingProfileArn, ...ended }: ImageSigning,
): JsonObject =>
  world.clock.now() < pushedAt + seconds * 1000
    ? { signingProfileArn, status: 'IN_PROGRESS' }
    : { signingProfileArn, ...ended }

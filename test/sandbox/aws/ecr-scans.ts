import { AwsFault } from './aws-fault.ts'
import { readImageId, requireImage } from './ecr-image-ids.ts'
import { nextOf, pageOf } from './ecr-paging.ts'
import { bookScan, COMPLETE, scannedAt, severityCounts } from './ecr-scan-state.ts'
import { named, requireRepository } from './ecr-target.ts'
import type { JsonObject } from './json-object.ts'
import type { JsonOperation } from './json-operation.ts'

const ONE_DAY_MS = 24 * 3_600_000

/** Scans an image; an image is scanned once a day at most (ECR user guide). */
export const startImageScan: JsonOperation = (world, call) => {
  const id = readImageId(call.input)
  const target = requireRepository(world, call, 'ecr:StartImageScan')
  const manifest = requireImage(target, id)
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
  const page = pageOf(call.input, all)
  const imageScanFindings: JsonObject = {
    imageScanCompletedAt: at / 1000,
    vulnerabilitySourceUpdatedAt: at / 1000,
    findingSeverityCounts: severityCounts(all),
    findings: page.items,
  }
  const imageId = { ...id, imageDigest: manifest.digest }
  return { ...named(target), imageId, imageScanStatus: COMPLETE, imageScanFindings, ...nextOf(page) }
}

/** [K] assumption: an image of a repository without managed signing has an empty list. */
export const describeImageSigningStatus: JsonOperation = (world, call) => {
  const id = readImageId(call.input)
  const target = requireRepository(world, call, 'ecr:DescribeImageSigningStatus')
  const imageId = { ...id, imageDigest: requireImage(target, id).digest }
  const { signing } = target.repository
  return { ...named(target), imageId, signingStatuses: signing === undefined ? [] : [signing] }
}

import type { Severity } from '../lib/aws/ecr-findings.ts'
import type { EcrRequests } from '../lib/aws/ecr-api.ts'
import type { Patience } from '../lib/core/retry.ts'
import { containerImagesIn } from '../lib/oci/container-images.ts'
import type { Image } from '../lib/oci/image.ts'
import type { InputsOf } from '../lib/step/define-step.ts'
import type { Log } from '../lib/step/log.ts'
import type { Opened } from '../lib/delivery/access.ts'
import type { step } from './step.ts'

/** What has to come true before any tag is put. */
type GateInputs = Pick<InputsOf<typeof step>, 'wait-for-scan' | 'wait-for-signature'>

/** AWS's words for those of the param. */
const thresholds: Readonly<Record<NonNullable<GateInputs['wait-for-scan']>, Severity>> = {
  critical: 'CRITICAL',
  high: 'HIGH',
  medium: 'MEDIUM',
  low: 'LOW',
  informational: 'INFORMATIONAL',
}

type Waiting = { readonly image: Image; readonly patience: Patience; readonly log: Log }
type Place = { readonly name: string; readonly repository: string; readonly requests: EcrRequests }

/** The gate before the tags; undefined where nothing is awaited. It throws ECR_SCAN_*, ECR_SIGNING_*, ECR_*, AWS_*, NETWORK_*. */
export function gateOf(
  inputs: GateInputs,
  opened: readonly Opened[],
  waiting: Waiting,
): (() => Promise<void>) | undefined {
  const { 'wait-for-scan': severity, 'wait-for-signature': signed } = inputs
  if (severity === undefined && !signed) return undefined
  const places = opened.flatMap(({ access, destination }): Place[] => {
    if (access.kind !== 'ecr') return []
    return [{ name: destination.name, repository: destination.repository, requests: access.request }]
  })
  return async () => {
    // The scans of several registries run at the same time, whoever is looked at first.
    for (const place of places) if (severity !== undefined) await awaitScans(place, thresholds[severity], waiting)
    for (const place of places) if (signed) await awaitSignatures(place, waiting)
  }
}

/** ECR scans images, not the index that names them; where there is no image it says itself that it cannot scan. */
async function awaitScans(
  { name, repository, requests }: Place,
  threshold: Severity,
  { image, patience, log }: Waiting,
): Promise<void> {
  const { awaitScan } = await import('../lib/aws/ecr-scan.ts')
  const { describeCounts, refuseFindings } = await import('../lib/aws/ecr-findings.ts')
  for (const { digest } of containerImagesIn(image)) {
    log.line('waiting', `for the scan of ${digest} in ${name}`)
    const found = await awaitScan(requests, { digest, patience })
    log.line('scan', `${describeCounts(found.counts)} in ${digest}`)
    refuseFindings(found, threshold, { repository, digest })
  }
}

async function awaitSignatures({ name, requests }: Place, { image, patience, log }: Waiting): Promise<void> {
  const { awaitSignature } = await import('../lib/aws/ecr-signing.ts')
  const { digest } = image.root.descriptor
  log.line('waiting', `for the signature of ${digest} in ${name}`)
  const signatures = await awaitSignature(requests, { digest, patience })
  for (const { profile } of signatures) log.line('signed', `${digest} by ${profile}`)
}

import type { Descriptor } from '../lib/oci/descriptor.ts'
import type { Image } from '../lib/oci/image.ts'
import type { StorePlan } from '../lib/oci/store/store-image.ts'
import { showBytes } from '../lib/step/bytes.ts'
import { showDuration } from '../lib/step/duration.ts'
import type { Log } from '../lib/step/log.ts'

/** What a pull would receive, blob by blob. */
export function describePull(log: Log, { blobs }: Image): void {
  for (const { digest, size } of blobs) log.line('plan', `pull    ${digest} ${showBytes(size)}`)
  log.line('dry run', 'Nothing was written; the results are empty.')
}

/** What a pull did. */
export function describePulled(log: Log, { lacking, present }: StorePlan, milliseconds: number): void {
  const bytes = sizeOf(lacking)
  const rate = showBytes((bytes / Math.max(1, milliseconds)) * 1000)
  const took = showDuration(milliseconds)
  log.line('done', `pulled ${showBytes(bytes)} in ${lacking.length} blobs, ${took}, ${rate}/s`)
  if (present.length > 0)
    log.line('done', `kept ${showBytes(sizeOf(present))} in ${present.length} blobs that were there and right`)
}

function sizeOf(blobs: readonly Descriptor[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0)
}

import type { Image } from '../lib/oci/image.ts'
import type { PushPlan } from '../lib/oci/plan.ts'
import type { PushSummary } from '../lib/oci/push.ts'
import { showBytes } from '../lib/step/bytes.ts'
import { showDuration } from '../lib/step/duration.ts'
import type { Log } from '../lib/step/log.ts'

/** What was found in the workspace. */
export function describeImage(log: Log, image: Image): void {
  const manifests =
    image.children.length === 0 ? 'one image' : `an index of ${count(image.children.length, 'manifest')}`
  log.line('image', `${manifests}, ${count(image.blobs.length, 'blob')}, ${showBytes(image.totalBytes)}`)
  log.line('digest', image.root.descriptor.digest)
  for (const layer of image.skipped)
    log.line('skipped', `${layer.digest} may not be distributed: pulled from its own URL`)
}

/** What a push would do, blob by blob. */
export function describePlan(log: Log, plan: PushPlan, image: Image, tag: string | undefined): void {
  if (plan.kind === 'present')
    return log.line('plan', `nothing: the registry has it already${tagText(' under the tag', tag)}`)
  if (plan.kind === 'tag-only') return log.line('plan', `only put the tag ${tag ?? ''}: the image is there`)
  for (const blob of plan.blobs) log.line('plan', `upload ${blob.digest} ${showBytes(blob.size)}`)
  for (const blob of plan.present) log.line('plan', `there   ${blob.digest} ${showBytes(blob.size)}`)
  for (const child of plan.children) log.line('plan', `put     ${child.descriptor.digest}`)
  log.line('plan', `put     ${image.root.descriptor.digest}${tagText(' as', tag)}`)
}

/** What a push did, in one line. */
export function describeOutcome(
  log: Log,
  {
    plan,
    summary,
    tag,
    milliseconds,
  }: { plan: PushPlan; summary: PushSummary; tag: string | undefined; milliseconds: number },
): void {
  const took = showDuration(milliseconds)
  if (plan.kind === 'present')
    log.line('done', `the registry had it already${tagText(' under the tag', tag)}; nothing was sent, ${took}`)
  else if (plan.kind === 'tag-only') log.line('done', `the image was there; put the tag ${tag ?? ''}, ${took}`)
  else {
    const rate = showBytes((summary.pushedBytes / Math.max(1, milliseconds)) * 1000)
    log.line(
      'done',
      `pushed ${showBytes(summary.pushedBytes)} in ${count(summary.pushedBlobs, 'blob')} and ${count(summary.manifests, 'manifest')}, ${took}, ${rate}/s`,
    )
    if (summary.skippedBlobs > 0)
      log.line(
        'done',
        `skipped ${showBytes(summary.skippedBytes)} in ${count(summary.skippedBlobs, 'blob')} that were there`,
      )
  }
  if (tag === undefined) log.line('note', 'the param image names no tag: the image is reachable by its digest only')
}

function tagText(before: string, tag: string | undefined): string {
  return tag === undefined ? '' : `${before} ${tag}`
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}

import type { Image } from '../oci/image.ts'
import type { PushPlan } from '../oci/registry/plan.ts'
import type { PushSummary } from '../oci/registry/push.ts'
import { showBytes } from '../step/bytes.ts'
import { showDuration } from '../step/duration.ts'
import type { Log } from '../step/log.ts'
import type { Destination } from './destination.ts'

/** What was found in the workspace. */
export function describeImage(log: Log, image: Image): void {
  const manifests =
    image.children.length === 0 ? 'one image' : `an index of ${count(image.children.length, 'manifest')}`
  log.line('image', `${manifests}, ${count(image.blobs.length, 'blob')}, ${showBytes(image.totalBytes)}`)
  log.line('digest', image.root.descriptor.digest)
  for (const layer of image.skipped)
    log.line('skipped', `${layer.digest} may not be distributed: pulled from its own URL`)
}

/** What a push would do at one destination, blob by blob. */
export function describePlan(log: Log, plan: PushPlan, image: Image, { tags }: Destination): void {
  if (plan.kind === 'present') return log.line('plan', `nothing: the registry has it already${tagText(' under', tags)}`)
  if (plan.kind === 'tag-only') return log.line('plan', `only put ${tagText('', plan.tags)}: the image is there`)
  for (const blob of plan.blobs) log.line('plan', `upload ${blob.digest} ${showBytes(blob.size)}`)
  for (const blob of plan.present) log.line('plan', `there   ${blob.digest} ${showBytes(blob.size)}`)
  for (const child of plan.children) log.line('plan', `put     ${child.descriptor.digest}`)
  log.line('plan', `put     ${image.root.descriptor.digest}${tags.length === 0 ? '' : ` as ${tags.join(', ')}`}`)
}

type Planned = { readonly plan: PushPlan; readonly destination: Destination }

/** What a push did, a summary for each destination in their order; they are named where there are several. */
export function describeOutcomes(
  log: Log,
  planned: readonly Planned[],
  summaries: readonly PushSummary[],
  milliseconds: number,
): void {
  for (const [index, summary] of summaries.entries()) {
    const one = planned[index]
    if (one === undefined) continue
    const at = planned.length === 1 ? '' : `${one.destination.name}: `
    for (const text of outcomeTexts(one, summary, milliseconds)) log.line('done', `${at}${text}`)
  }
  const untagged = planned.filter(({ destination }) => destination.tags.length === 0)
  for (const { destination } of untagged)
    log.line('note', `no tag was given for ${destination.name}: there the image is reachable by its digest only`)
}

function outcomeTexts({ plan, destination: { tags } }: Planned, summary: PushSummary, milliseconds: number): string[] {
  const took = showDuration(milliseconds)
  if (plan.kind === 'present')
    return [`the registry had it already${tagText(' under', tags)}; nothing was sent, ${took}`]
  if (plan.kind === 'tag-only') return [`the image was there; put ${tagText('', plan.tags)}, ${took}`]
  const rate = showBytes((summary.pushedBytes / Math.max(1, milliseconds)) * 1000)
  const { pushedBytes, pushedBlobs, mountedBlobs, skippedBlobs, skippedBytes, manifests } = summary
  const texts = [
    `pushed ${showBytes(pushedBytes)} in ${count(pushedBlobs, 'blob')} and ${count(manifests, 'manifest')}, ${took}, ${rate}/s`,
  ]
  if (mountedBlobs > 0) texts.push(`took over ${count(mountedBlobs, 'blob')} from another repository of the registry`)
  if (skippedBlobs > 0)
    texts.push(`skipped ${showBytes(skippedBytes)} in ${count(skippedBlobs, 'blob')} that were there`)
  return texts
}

function tagText(before: string, tags: readonly string[]): string {
  if (tags.length === 0) return ''
  return `${before === '' ? '' : `${before} `}the tag${tags.length === 1 ? '' : 's'} ${tags.join(', ')}`
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}

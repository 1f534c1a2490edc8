import type { Attachment } from '../oci/registry/attachments.ts'
import { planPush } from '../oci/registry/plan.ts'
import { push, type Push } from '../oci/registry/push.ts'
import type { Log } from '../step/log.ts'
import type { Opened } from './access.ts'

/** What is attached to an image, and where it goes to. */
export type AttachmentDelivery = Pick<Push, 'concurrency' | 'mountFrom'> & {
  readonly attachments: readonly Attachment[]
  readonly opened: readonly Opened[]
}

/** Pushes signatures, SBOMs and attestations to where their image is, each found there as it was found before. */
export async function deliverAttachments(
  { attachments, opened, concurrency, mountFrom }: AttachmentDelivery,
  log: Log,
): Promise<void> {
  for (const { image, tag } of attachments) {
    const tags = tag === undefined ? [] : [tag]
    const targets = await Promise.all(
      opened.map(async ({ client }) => {
        const looksForBlobs = client.origin !== mountFrom?.origin
        return { client, plan: await planPush(client, image, { tags, looksForBlobs }) }
      }),
    )
    await push({ image, targets, concurrency, mountFrom })
    log.line('attached', describeAttachment({ image, tag }))
  }
}

/** What it is, for people. */
export function describeAttachment({ image: { root }, tag }: Attachment): string {
  const kind = root.artifactType ?? root.descriptor.mediaType
  return [root.descriptor.digest, kind, ...(tag === undefined ? [] : [`as ${tag}`])].join(' ')
}

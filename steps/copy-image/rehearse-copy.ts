import { describeAttachment } from '../lib/delivery/deliver-attachments.ts'
import type { Opened } from '../lib/delivery/access.ts'
import { probeBlobs } from '../lib/oci/registry/probe-blobs.ts'
import { rehearse } from '../lib/delivery/rehearse.ts'
import type { Image } from '../lib/oci/image.ts'
import type { Attachment } from '../lib/oci/registry/attachments.ts'
import type { RegistryClient } from '../lib/oci/registry/registry-client.ts'
import type { Log } from '../lib/step/log.ts'

type Rehearsal = {
  /** Where the image is read. */
  readonly client: RegistryClient
  readonly image: Image
  readonly attachments: readonly Attachment[]
  readonly opened: readonly Opened[]
  /** Whether a missing repository would be created. */
  readonly creates: boolean
  readonly log: Log
}

/** Everything but the copy: both sides are asked, the plan is printed. Throws what a copy would throw up to there. */
export async function rehearseCopy(rehearsal: Rehearsal): Promise<void> {
  const { client, image, attachments, opened, creates, log } = rehearsal
  await probeBlobs(client, image)
  for (const one of opened) {
    await rehearse({ ...one, image, creates, log })
    if (one.client.origin === client.origin)
      log.line('plan', `what is to be uploaded is taken over from ${client.repository}, where the registry does that`)
  }
  for (const attachment of attachments) log.line('plan', `attach  ${describeAttachment(attachment)}`)
  log.line('dry run', 'Nothing was copied; IMAGE_URL, IMAGE_DIGEST and IMAGES are empty.')
}

import type { Image } from '../oci/image.ts'
import { planPush, type PushPlan } from '../oci/registry/plan.ts'
import { push, type Push } from '../oci/registry/push.ts'
import type { Services } from '../step/step-call.ts'
import type { Opened } from './access.ts'
import { describeAccount, openAccount } from './account.ts'
import { describeOutcomes } from './report.ts'

/** One image, and where it goes to. */
export type Delivery = Pick<Push, 'image' | 'concurrency' | 'mountFrom' | 'beforeTags'> & {
  readonly opened: readonly Opened[]
}

/** Pushes an image to all its destinations, shows how it goes on, and notes in the record how far it came. */
export async function deliver(
  { opened, ...what }: Delivery,
  { record, log, progress }: Pick<Services, 'record' | 'log' | 'progress'>,
): Promise<void> {
  const { image, mountFrom } = what
  const account = openAccount(opened.map(({ destination }) => destination))
  const started = performance.now()
  try {
    const planned = await Promise.all(
      opened.map(async ({ client, destination }, index) => {
        const looksForBlobs = client.origin !== mountFrom?.origin
        const plan = await planPush(client, image, { tags: destination.tags, looksForBlobs })
        return { client, destination, plan, onReached: account.noteAt(index) }
      }),
    )
    progress.begin(transferOf(image, planned))
    const summaries = await push({ ...what, targets: planned, progress })
    progress.end()
    describeOutcomes(log, planned, summaries, performance.now() - started)
  } catch (error) {
    progress.end()
    describeAccount(log, account)
    throw error
  } finally {
    record.action({ destinations: account.recorded() })
  }
}

/** How much there is to do, all destinations together. */
function transferOf(image: Image, planned: readonly { readonly plan: PushPlan }[]): { blobs: number; bytes: number } {
  const missing = planned.flatMap(({ plan }) => (plan.kind === 'upload' ? plan.blobs : []))
  return { blobs: image.blobs.length * planned.length, bytes: missing.reduce((sum, blob) => sum + blob.size, 0) }
}

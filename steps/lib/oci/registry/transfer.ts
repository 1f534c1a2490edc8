import type { Clock } from '../../core/clock.ts'
import type { StreamBody } from '../../http/client.ts'
import { mountBlob, uploadBlob } from './blobs.ts'
import type { Descriptor } from '../descriptor.ts'
import type { Digest } from '../digest.ts'
import type { ImageSource } from '../image-source.ts'
import { inParallel } from './parallel.ts'
import type { Progress } from './progress.ts'
import type { RegistryClient } from './registry-client.ts'
import { shareBody } from './shared-body.ts'

/** A repository with what it lacks of an image, and what it has. */
export type Receiver = {
  readonly client: RegistryClient
  readonly lacking: readonly Descriptor[]
  readonly present: readonly Descriptor[]
  /** Is added to as blobs arrive. */
  readonly received: Received
}

/** What one receiver was given. */
export type Received = { uploadedBlobs: number; uploadedBytes: number; mountedBlobs: number }

export type Transfer = {
  readonly source: ImageSource
  readonly receivers: readonly Receiver[]
  /** Blobs on their way at once. */
  readonly concurrency: number
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly progress: Progress
}

/** Receivers of one registry and one blob; `holder` is the name of a repository there that has the blob. */
type Group = { readonly lacking: readonly Receiver[]; readonly holder: string | undefined }

/**
 * Gives every receiver what it lacks. A blob is read once for all registries, and goes once to each registry: its other repositories there mount it.
 * The first failure ends the whole transfer.
 */
export async function transferBlobs(transfer: Transfer): Promise<void> {
  const { receivers, progress } = transfer
  for (const { present } of receivers) for (const blob of present) progress.blobDone(blob, 'present')
  const wanted = new Map(receivers.flatMap(({ lacking }) => lacking).map((blob) => [blob.digest, blob]))
  // The biggest first: begun last, it would run on alone at the end.
  const biggestFirst = [...wanted.values()].toSorted((a, b) => b.size - a.size)
  await inParallel(biggestFirst, transfer.concurrency, transfer.signal, async (blob, signal) => {
    await transferBlob(transfer, blob, signal)
  })
}

async function transferBlob(transfer: Transfer, blob: Descriptor, signal: AbortSignal): Promise<void> {
  const groups = groupsFor(transfer.receivers, blob.digest)
  const body = transfer.source.openBlob(blob)
  // One registry reads for itself: nobody to wait for, nothing to keep.
  const shares =
    groups.length === 1 ? [{ body, leave: () => undefined }] : shareBody(body, groups.length, transfer.clock)
  const jobs = groups.flatMap((group, index) => (shares[index] === undefined ? [] : [{ group, share: shares[index] }]))
  await inParallel(jobs, jobs.length, signal, async ({ group, share }, ended) => {
    try {
      await giveToRegistry(transfer, group, { blob, body: share.body, signal: ended })
    } finally {
      share.leave()
    }
  })
}

async function giveToRegistry(
  { progress }: Transfer,
  group: Group,
  { blob, body, signal }: { blob: Descriptor; body: StreamBody; signal: AbortSignal },
): Promise<void> {
  let { holder } = group
  for (const receiver of group.lacking) {
    const client = receiver.client.until(signal)
    const mounted = holder !== undefined && (await mountBlob(client, blob.digest, holder))
    if (!mounted) await uploadBlob(client, blob, body, progress)
    progress.blobDone(blob, mounted ? 'mounted' : 'uploaded')
    book(receiver.received, blob, mounted)
    holder ??= client.repository
  }
}

function book(received: Received, blob: Descriptor, mounted: boolean): void {
  received.mountedBlobs += mounted ? 1 : 0
  received.uploadedBlobs += mounted ? 0 : 1
  received.uploadedBytes += mounted ? 0 : blob.size
}

function groupsFor(receivers: readonly Receiver[], digest: Digest): Group[] {
  const has = (blobs: readonly Descriptor[]) => blobs.some((blob) => blob.digest === digest)
  const byRegistry = Map.groupBy(receivers, ({ client }) => client.origin)
  return [...byRegistry.values()]
    .map((group) => ({
      lacking: group.filter(({ lacking }) => has(lacking)),
      holder: group.find(({ present }) => has(present))?.client.repository,
    }))
    .filter(({ lacking }) => lacking.length > 0)
}

import type { Clock } from '../../core/clock.ts'
import type { StreamBody } from '../../http/stream-body.ts'
import { headBlob, mountBlob, uploadBlob } from './blobs.ts'
import type { Descriptor } from '../descriptor.ts'
import type { Digest } from '../digest.ts'
import type { ImageSource } from '../image-source.ts'
import { inParallel } from '../parallel.ts'
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
  /** A repository that has everything; registries of its origin take blobs over from there. */
  readonly mountFrom?: Repository | undefined
}

/** One repository, wherever it is. */
export type Repository = Pick<RegistryClient, 'origin' | 'repository'>

/** Receivers of one registry, and what each of them lacks and has: looked up for every blob. */
type Registry = readonly {
  readonly receiver: Receiver
  readonly lacks: ReadonlySet<Digest>
  readonly has: ReadonlySet<Digest>
}[]

/** Who lacks one blob on one registry; `holder` is the name of a repository there that has it. */
type Group = {
  readonly lacking: readonly Receiver[]
  readonly holder: string | undefined
  /** Nobody has looked what the receivers have: the registry is asked to take over from a repository that has everything. */
  readonly isUnseen: boolean
}

/**
 * Gives every receiver what it lacks. A blob is read once for all registries, and goes once to each registry: its other repositories there mount it.
 * The first failure ends the whole transfer.
 */
export async function transferBlobs(transfer: Transfer): Promise<void> {
  const { receivers, progress } = transfer
  for (const { present } of receivers) for (const blob of present) progress.blobDone(blob, 'present')
  const registries = registriesOf(receivers)
  const wanted = new Map(receivers.flatMap(({ lacking }) => lacking).map((blob) => [blob.digest, blob]))
  // The biggest first: begun last, it would run on alone at the end.
  const biggestFirst = [...wanted.values()].toSorted((a, b) => b.size - a.size)
  await inParallel(biggestFirst, transfer.concurrency, transfer.signal, async (blob, signal) => {
    const groups = registries
      .map((registry) => groupFor(registry, blob.digest, transfer.mountFrom))
      .filter(({ lacking }) => lacking.length > 0)
    await transferBlob(transfer, groups, { blob, signal })
  })
}

async function transferBlob(
  transfer: Transfer,
  groups: readonly Group[],
  { blob, signal }: { blob: Descriptor; signal: AbortSignal },
): Promise<void> {
  const shared = shareBody(transfer.source.openBlob(blob), groups, transfer.clock)
  await inParallel(shared, shared.length, signal, async ({ upload, share }, ended) => {
    try {
      await giveToRegistry(transfer, upload, { blob, body: share.body, signal: ended })
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
    const present = !mounted && group.isUnseen && (await headBlob(client, blob.digest))
    if (!mounted && !present) await uploadBlob(client, blob, body, progress)
    const how = mounted ? 'mounted' : present ? 'present' : 'uploaded'
    progress.blobDone(blob, how)
    book(receiver.received, blob, how)
    if (!mounted) holder = client.repository
  }
}

function book(received: Received, blob: Descriptor, how: 'mounted' | 'present' | 'uploaded'): void {
  if (how === 'mounted') received.mountedBlobs += 1
  if (how !== 'uploaded') return
  received.uploadedBlobs += 1
  received.uploadedBytes += blob.size
}

function registriesOf(receivers: readonly Receiver[]): readonly Registry[] {
  const digests = (blobs: readonly Descriptor[]) => new Set(blobs.map(({ digest }) => digest))
  const looked = receivers.map((receiver) => {
    return { receiver, lacks: digests(receiver.lacking), has: digests(receiver.present) }
  })
  return [...Map.groupBy(looked, ({ receiver }) => receiver.client.origin).values()]
}

function groupFor(registry: Registry, digest: Digest, from: Repository | undefined): Group {
  const lacking = registry.filter(({ lacks }) => lacks.has(digest)).map(({ receiver }) => receiver)
  const holder = registry.find(({ has }) => has.has(digest))?.receiver.client.repository
  if (holder !== undefined || registry[0]?.receiver.client.origin !== from?.origin)
    return { lacking, holder, isUnseen: false }
  return { lacking, holder: from?.repository, isUnseen: true }
}

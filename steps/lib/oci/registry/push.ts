import { isCode } from '../../core/errors.ts'
import type { Digest } from '../digest.ts'
import type { Image, Manifest } from '../image.ts'
import { headManifest, putManifest } from './manifests.ts'
import { inParallel } from '../parallel.ts'
import { keepReferrer } from './referrers.ts'
import { isFullPush, planFullPush, type PushPlan } from './plan.ts'
import { silent, type Progress } from './progress.ts'
import type { RegistryClient } from './registry-client.ts'
import { transferBlobs, type Received, type Receiver, type Repository } from './transfer.ts'

/** One repository that an image is pushed to, with what has to be done there. */
export type PushTarget = {
  readonly client: RegistryClient
  readonly plan: PushPlan
  /** Told when the whole image is there by digest, and of each tag that was put. */
  readonly onReached?: (reached: 'stored' | { readonly tag: string }) => void
}

export type Push = {
  readonly image: Image
  readonly targets: readonly PushTarget[]
  readonly progress?: Progress | undefined
  /** Blobs on their way at once; 4 when it is not given. */
  readonly concurrency?: number | undefined
  /** A repository that has everything, by its origin and name; registries of that origin take blobs over from there. */
  readonly mountFrom?: Repository | undefined
  /** What must come true before any tag is put; the image is on every target by digest then. */
  readonly beforeTags?: (() => Promise<void>) | undefined
}

/** What one target was sent. */
export type PushSummary = {
  readonly digest: Digest
  readonly pushedBlobs: number
  /** Blobs that the registry took over from another of its repositories. */
  readonly mountedBlobs: number
  readonly skippedBlobs: number
  readonly pushedBytes: number
  readonly skippedBytes: number
  /** Manifests that were sent, the root among them. */
  readonly manifests: number
  /** Non-distributable layers, which are never sent. */
  readonly skippedForeign: number
}

type Job = PushTarget & { readonly received: Received }

/** One stream does not fill a line to a registry; more than four gain little and starve each other. */
const defaultConcurrency = 4

/**
 * Pushes one image to all targets. Tags come last, when every target has the whole image: whatever fails before that, no tag has moved
 * anywhere. A registry that misses what it had said to have, or has lost it since, is given everything, once.
 */
export async function push(options: Push): Promise<readonly PushSummary[]> {
  const jobs = options.targets.map((target): Job => ({ ...target, received: noneReceived() }))
  for (const { plan, onReached } of jobs) if (plan.kind !== 'upload') onReached?.('stored')
  await sendBlobs(options, jobs)
  await inParallel(jobs, jobs.length, endOf(jobs), async (job, ended) => {
    await storeManifests(options, { ...job, client: job.client.until(ended) })
  })
  await options.beforeTags?.()
  await toTheEnd(jobs, async (job) => {
    await putTags(options, job)
    await findAgain(options.image.root, job)
  })
  return jobs.map((job) => summarize(options.image, job))
}

async function sendBlobs(options: Push, jobs: readonly Job[]): Promise<void> {
  const { image, progress = silent, concurrency = defaultConcurrency, mountFrom } = options
  const receivers = jobs.map(({ client, plan, received }): Receiver => {
    const { blobs, present } = plan.kind === 'upload' ? plan : { blobs: [], present: image.blobs }
    return { client, lacking: blobs, present, received }
  })
  const [first] = jobs
  if (first === undefined) return
  const { clock } = first.client
  const rest = { concurrency, signal: endOf(jobs), clock, progress, mountFrom }
  await transferBlobs({ source: image.source, receivers, ...rest })
}

/** All but the tags. With one tag on one target the manifest is put under that at once: a request less. */
async function storeManifests(options: Push, job: Job): Promise<void> {
  const { plan, client } = job
  if (plan.kind !== 'upload') return
  const { root } = options.image
  const byDigest = plan.tags.length !== 1 || options.beforeTags !== undefined || options.targets.length > 1
  await mending(options, job, plan.children, async () => {
    if (byDigest) await store(client, root.descriptor.digest, root)
  })
  if (byDigest) job.onReached?.('stored')
}

async function putTags(options: Push, job: Job): Promise<void> {
  const { plan, client } = job
  const tags = plan.kind === 'present' ? [] : plan.tags
  for (const tag of tags) {
    await mending(options, job, [], async () => await putTag(client, tag, options.image.root))
    job.onReached?.({ tag })
  }
}

/** A run before this one may have been ended between the manifest and the list that it is found by. */
async function findAgain(root: Manifest, { client, plan }: Job): Promise<void> {
  if (root.subject !== undefined && plan.kind === 'present') await keepReferrer(client, root)
}

/** Puts manifests, children before their parent; when the registry then misses something that they name, it is given all of the image once more. */
async function mending(
  options: Push,
  job: Job,
  children: readonly Manifest[],
  putParent: () => Promise<void>,
): Promise<void> {
  const { image } = options
  const { client, plan } = job
  try {
    await putAll(client, children)
    await putParent()
  } catch (error) {
    const hadNothingTaken = isFullPush(plan, image) && options.mountFrom === undefined
    if (!isCode(error, 'REGISTRY_BLOB_VANISHED') || hadNothingTaken) throw error
    await sendBlobs({ ...options, mountFrom: undefined }, [{ ...job, plan: planFullPush(image, []) }])
    await putAll(client, image.children)
    await putParent()
  }
}

async function putAll(client: RegistryClient, manifests: readonly Manifest[]): Promise<void> {
  for (const manifest of manifests) await store(client, manifest.descriptor.digest, manifest)
}

/** Puts a manifest, and sees to it that it is found from what it refers to. */
async function store(client: RegistryClient, reference: string, manifest: Manifest): Promise<void> {
  const { keepsSubject } = await putManifest(client, reference, manifest)
  if (manifest.subject !== undefined && !keepsSubject) await keepReferrer(client, manifest)
}

/** Another run may have put the same image under an immutable tag meanwhile, or our own PUT may have arrived and only its answer been lost. */
async function putTag(client: RegistryClient, tag: string, root: Manifest): Promise<void> {
  try {
    await store(client, tag, root)
  } catch (error) {
    if (!isCode(error, 'REGISTRY_TAG_IMMUTABLE')) throw error
    if (!(await holds(client, tag, root.descriptor.digest))) throw error
  }
}

async function holds(client: RegistryClient, tag: string, digest: Digest): Promise<boolean> {
  try {
    return (await headManifest(client, tag))?.digest === digest
  } catch (error) {
    // May we not look, then the registry's refusal stands.
    if (isCode(error, 'REGISTRY_DENIED')) return false
    throw error
  }
}

/** Works on all items whatever becomes of the others, then throws the first failure: what can be done is done. */
async function toTheEnd<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const ends = await Promise.allSettled(items.map(work))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** All clients of one push end with the same run. */
function endOf(targets: readonly PushTarget[]): AbortSignal {
  return AbortSignal.any(targets.map(({ client }) => client.signal))
}

function summarize(image: Image, { plan, received }: Job): PushSummary {
  const { uploadedBlobs, uploadedBytes, mountedBlobs } = received
  const manifests = { present: 0, 'tag-only': 1, upload: plan.kind === 'upload' ? plan.children.length + 1 : 0 }
  return {
    digest: image.root.descriptor.digest,
    pushedBlobs: uploadedBlobs,
    mountedBlobs,
    skippedBlobs: image.blobs.length - uploadedBlobs - mountedBlobs,
    pushedBytes: uploadedBytes,
    skippedBytes: image.totalBytes - uploadedBytes,
    manifests: manifests[plan.kind],
    skippedForeign: image.skipped.length,
  }
}

function noneReceived(): Received {
  return { uploadedBlobs: 0, uploadedBytes: 0, mountedBlobs: 0 }
}

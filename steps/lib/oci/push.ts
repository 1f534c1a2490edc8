import { StepError } from '../core/errors.ts'
import { uploadBlob } from './blobs.ts'
import type { Descriptor } from './descriptor.ts'
import type { Digest } from './digest.ts'
import type { Image } from './image.ts'
import { headManifest, putManifest } from './manifests.ts'
import { inParallel } from './parallel.ts'
import { isFullPush, planFullPush, type PushPlan } from './plan.ts'
import { silent, type Progress } from './progress.ts'
import type { RegistryClient } from './registry-client.ts'

export type Push = {
  readonly client: RegistryClient
  readonly image: Image
  /** Without one the image is pushed by digest. */
  readonly tag?: string | undefined
  readonly progress?: Progress | undefined
}

export type PushSummary = {
  readonly digest: Digest
  readonly pushedBlobs: number
  readonly skippedBlobs: number
  readonly pushedBytes: number
  readonly skippedBytes: number
  /** Manifests that were sent, the root among them. */
  readonly manifests: number
  /** Non-distributable layers, which are never sent. */
  readonly skippedForeign: number
}

/** One stream does not fill a line to a registry; more than four gain little and starve each other. */
const uploadsAtOnce = 4

/**
 * Does what a plan says. The tag comes last, so that it never names half an image, whatever fails. A registry that misses what it had said to
 * have, or has lost it since, is given everything, once.
 */
export async function push(options: Push, plan: PushPlan): Promise<PushSummary> {
  try {
    return await carryOut(options, plan)
  } catch (error) {
    if (!isCode(error, 'REGISTRY_BLOB_VANISHED') || isFullPush(plan, options.image)) throw error
    return await carryOut(options, planFullPush(options.image))
  }
}

async function carryOut(options: Push, plan: PushPlan): Promise<PushSummary> {
  const blobs = plan.kind === 'upload' ? plan.blobs : []
  const children = plan.kind === 'upload' ? plan.children : []
  await putBlobs(options, blobs)
  for (const child of children) await putManifest(options.client, child.descriptor.digest, child)
  if (plan.kind !== 'present') await putRoot(options)
  return summarize(options.image, blobs, plan.kind === 'present' ? 0 : children.length + 1)
}

async function putBlobs({ client, image, progress = silent }: Push, blobs: readonly Descriptor[]): Promise<void> {
  const lacking = new Set(blobs.map((blob) => blob.digest))
  for (const blob of image.blobs) if (!lacking.has(blob.digest)) progress.blobDone(blob, 'present')
  // The biggest first: begun last, it would run on alone at the end.
  const biggestFirst = blobs.toSorted((a, b) => b.size - a.size)
  await inParallel(biggestFirst, uploadsAtOnce, client.signal, async (blob, signal) => {
    await uploadBlob(client.until(signal), blob, image.source.openBlob(blob), progress)
    progress.blobDone(blob, 'uploaded')
  })
}

/** Another run may have put the same image under an immutable tag meanwhile, or our own PUT may have arrived and only its answer been lost. */
async function putRoot({ client, image, tag }: Push): Promise<void> {
  const { root } = image
  const { digest } = root.descriptor
  try {
    await putManifest(client, tag ?? digest, root)
  } catch (error) {
    if (tag === undefined || !isCode(error, 'REGISTRY_TAG_IMMUTABLE')) throw error
    if (!(await holds(client, tag, digest))) throw error
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

function summarize(image: Image, pushed: readonly Descriptor[], manifests: number): PushSummary {
  const pushedBytes = pushed.reduce((sum, blob) => sum + blob.size, 0)
  return {
    digest: image.root.descriptor.digest,
    pushedBlobs: pushed.length,
    skippedBlobs: image.blobs.length - pushed.length,
    pushedBytes,
    skippedBytes: image.totalBytes - pushedBytes,
    manifests,
    skippedForeign: image.skipped.length,
  }
}

function isCode(error: unknown, code: StepError['code']): boolean {
  return error instanceof StepError && error.code === code
}

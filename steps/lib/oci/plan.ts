import { StepError } from '../core/errors.ts'
import { headBlob } from './blobs.ts'
import type { Descriptor } from './descriptor.ts'
import type { Image, Manifest } from './image.ts'
import { headManifest, type StoredManifest } from './manifests.ts'
import { inParallel } from './parallel.ts'
import type { RegistryClient } from './registry-client.ts'

/** What a push has to do. */
export type PushPlan =
  /** Nothing: the registry has the image, under the tag that was asked for. */
  | { readonly kind: 'present' }
  /** Only the tag: the registry has the image. */
  | { readonly kind: 'tag-only' }
  | {
      readonly kind: 'upload'
      /** Blobs that the registry lacks, and those that it has. */
      readonly blobs: readonly Descriptor[]
      readonly present: readonly Descriptor[]
      /** Manifests below the root that the registry lacks, children before parents. */
      readonly children: readonly Manifest[]
    }

/** Look-ups are small: more of them than of uploads go at once. */
const lookUpsAtOnce = 8

/** Finds out what the registry has of an image; changes nothing. Without a tag the image is pushed by digest. */
export async function planPush(client: RegistryClient, image: Image, tag?: string): Promise<PushPlan> {
  const { digest } = image.root.descriptor
  const tagged = tag === undefined ? undefined : await lookUp(client, tag)
  if (tagged?.digest === digest) return { kind: 'present' }
  // A registry takes a manifest only when it has all that it names: with it the whole image is there.
  const stored = await lookUp(client, digest)
  if (stored !== undefined) return { kind: tag === undefined ? 'present' : 'tag-only' }
  return await planUpload(client, image)
}

/** The plan that trusts no look-up: for a registry that says it has what it then misses. */
export function planFullPush(image: Image): PushPlan {
  return { kind: 'upload', blobs: image.blobs, present: [], children: image.children }
}

/** Whether a plan relies on nothing that the registry said. */
export function isFullPush(plan: PushPlan, image: Image): boolean {
  return plan.kind === 'upload' && plan.present.length === 0 && plan.children.length === image.children.length
}

async function planUpload(client: RegistryClient, image: Image): Promise<PushPlan> {
  const [blobs, present] = await partition(image.blobs, client, (one, blob) =>
    orAbsent(headBlob(one, blob.digest), false),
  )
  const [children] = await partition(image.children, client, async (one, child) => {
    return (await lookUp(one, child.descriptor.digest)) !== undefined
  })
  return { kind: 'upload', blobs, present, children }
}

async function lookUp(client: RegistryClient, reference: string): Promise<StoredManifest | undefined> {
  return await orAbsent(headManifest(client, reference), undefined)
}

/** An identity may be allowed to push, but not to look: then all counts as absent, and the push itself tells whether it may. */
async function orAbsent<T>(lookedUp: Promise<T>, absent: T): Promise<T> {
  try {
    return await lookedUp
  } catch (error) {
    if (error instanceof StepError && error.code === 'REGISTRY_DENIED') return absent
    throw error
  }
}

async function partition<T>(
  items: readonly T[],
  client: RegistryClient,
  isThere: (client: RegistryClient, item: T) => Promise<boolean>,
): Promise<[lacking: T[], present: T[]]> {
  const there = await inParallel(items, lookUpsAtOnce, client.signal, (item, signal) =>
    isThere(client.until(signal), item),
  )
  return [items.filter((_, index) => there[index] === false), items.filter((_, index) => there[index] === true)]
}

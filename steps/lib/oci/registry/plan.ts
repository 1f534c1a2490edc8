import { isCode } from '../../core/errors.ts'
import { headBlob } from './blobs.ts'
import type { Descriptor } from '../descriptor.ts'
import type { Image, Manifest } from '../image.ts'
import { headManifest, type StoredManifest } from './manifests.ts'
import { inParallel } from '../parallel.ts'
import type { RegistryClient } from './registry-client.ts'

/** What a push has to do. */
export type PushPlan =
  /** Nothing: the registry has the image, under all the tags that were asked for. */
  | { readonly kind: 'present' }
  /** Only these tags: the registry has the image. */
  | { readonly kind: 'tag-only'; readonly tags: readonly string[] }
  | {
      readonly kind: 'upload'
      /** Tags that do not hold the image yet; none when it is pushed by digest only. */
      readonly tags: readonly string[]
      /** Blobs that the registry lacks, and those that it has. */
      readonly blobs: readonly Descriptor[]
      readonly present: readonly Descriptor[]
      /** Manifests below the root that the registry lacks, children before parents. */
      readonly children: readonly Manifest[]
    }

type Split<T> = readonly [lacking: readonly T[], present: readonly T[]]

type Upload = Extract<PushPlan, { kind: 'upload' }>

/** Look-ups are small: more of them than of uploads go at once. */
const lookUpsAtOnce = 8

export type PlanOptions = {
  /** Without tags the image is pushed by digest. */
  readonly tags?: readonly string[] | undefined
  /** Whether each blob is looked for; not where the registry is asked to take them over from elsewhere, which is no more work than a look. */
  readonly looksForBlobs?: boolean
}

/**
 * So many blobs are looked for while the image is: new images are the rule, and each of these look-ups opens a connection that the uploads will
 * need. For an image that the registry has under another tag they were needless.
 */
const blobsAhead = lookUpsAtOnce - 1

/** Finds out what the registry has of an image; changes nothing. */
export async function planPush(
  client: RegistryClient,
  image: Image,
  { tags = [], looksForBlobs = true }: PlanOptions = {},
): Promise<PushPlan> {
  const { digest } = image.root.descriptor
  const [unset, set] = await partition(tags, client, async (one, tag) => (await lookUp(one, tag))?.digest === digest)
  const isThere: PushPlan = unset.length === 0 ? { kind: 'present' } : { kind: 'tag-only', tags: unset }
  if (set.length > 0) return isThere
  const ahead = looksForBlobs ? image.blobs.slice(0, blobsAhead) : []
  const [stored, first] = await Promise.all([lookUp(client, digest), lookForBlobs(client, ahead)])
  // A registry takes a manifest only when it has all that it names: with it the whole image is there.
  if (stored !== undefined) return isThere
  return looksForBlobs
    ? { kind: 'upload', tags, ...(await planUpload(client, image, first)) }
    : planFullPush(image, tags)
}

/** The plan that trusts no look-up: for a registry that says it has what it then misses. */
export function planFullPush(image: Image, tags: readonly string[]): Upload {
  return { kind: 'upload', tags, blobs: image.blobs, present: [], children: image.children }
}

/** Whether a plan relies on nothing that the registry said. */
export function isFullPush(plan: PushPlan, image: Image): boolean {
  return plan.kind === 'upload' && plan.present.length === 0 && plan.children.length === image.children.length
}

async function planUpload(
  client: RegistryClient,
  image: Image,
  [lacking, there]: Split<Descriptor>,
): Promise<Omit<Upload, 'kind' | 'tags'>> {
  const rest = image.blobs.slice(lacking.length + there.length)
  const [blobs, present] = await lookForBlobs(client, rest)
  const [children] = await partition(image.children, client, async (one, child) => {
    return (await lookUp(one, child.descriptor.digest)) !== undefined
  })
  return { blobs: [...lacking, ...blobs], present: [...there, ...present], children }
}

async function lookForBlobs(client: RegistryClient, blobs: readonly Descriptor[]): Promise<Split<Descriptor>> {
  return await partition(blobs, client, (one, blob) => orAbsent(headBlob(one, blob.digest), false))
}

async function lookUp(client: RegistryClient, reference: string): Promise<StoredManifest | undefined> {
  return await orAbsent(headManifest(client, reference), undefined)
}

/** An identity may be allowed to push, but not to look: then all counts as absent, and the push itself tells whether it may. */
async function orAbsent<T>(lookedUp: Promise<T>, absent: T): Promise<T> {
  try {
    return await lookedUp
  } catch (error) {
    if (isCode(error, 'REGISTRY_DENIED')) return absent
    throw error
  }
}

async function partition<T>(
  items: readonly T[],
  client: RegistryClient,
  isThere: (client: RegistryClient, item: T) => Promise<boolean>,
): Promise<Split<T>> {
  const there = await inParallel(items, lookUpsAtOnce, client.signal, (item, signal) =>
    isThere(client.until(signal), item),
  )
  return [items.filter((_, index) => there[index] === false), items.filter((_, index) => there[index] === true)]
}

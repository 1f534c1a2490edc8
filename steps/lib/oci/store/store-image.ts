import type { Descriptor } from '../descriptor.ts'
import type { Image, Manifest } from '../image.ts'
import { Json } from '../json.ts'
import { imageIndexType } from '../media-types.ts'
import { inParallel } from '../parallel.ts'
import { indexFile, openLayoutFolder, readJson, type LayoutFolder } from './layout-folder.ts'
import { replaceFile } from './replace-file.ts'
import { hasBlob, storeBlob } from './store-blob.ts'
import { refused } from './held-folder.ts'

/** What is told of an image that is being stored. */
export type StoreProgress = {
  /** So many more bytes have come; negative when they count no more. */
  sent(bytes: number): void
  blobDone(): void
}

export type Storing = {
  readonly image: Image
  readonly workspace: string
  /** Where in the workspace; `.` is the workspace itself. */
  readonly path: string
  /** `org.opencontainers.image.ref.name`; another image of that name in the layout loses it. */
  readonly refName: string | undefined
  readonly concurrency: number
  readonly signal: AbortSignal
  readonly progress: StoreProgress
  /** Told of what is there already, before anything is received. */
  readonly onPlan?: (plan: StorePlan) => void
}

export type StorePlan = { readonly lacking: readonly Descriptor[]; readonly present: readonly Descriptor[] }

const refNameKey = 'org.opencontainers.image.ref.name'

/**
 * Writes an image into an OCI layout below a workspace: a new one, or beside what one holds already. What is there and right is not received again;
 * `index.json` is written last, so that nobody finds an image that is not whole. Throws STORE_*, and what the image's source throws.
 */
export async function storeImage(storing: Storing): Promise<StorePlan> {
  const { image, workspace, path, signal, progress } = storing
  await using layout = await openLayoutFolder(workspace, path)
  // Looked at first: a layout that cannot be added to is not made larger.
  const index = await readIndex(layout)
  const plan = await planStore(layout, storing)
  storing.onPlan?.(plan)
  for (const _ of plan.present) progress.blobDone()
  const biggestFirst = plan.lacking.toSorted((a, b) => b.size - a.size)
  await inParallel(biggestFirst, storing.concurrency, signal, async (blob, ended) => {
    await receiveBlob(layout, storing, { blob, signal: ended })
  })
  for (const manifest of [...image.children, image.root])
    if (!(await hasBlob(layout.blobs, manifest.descriptor, signal))) await storeManifest(layout, manifest)
  await writeIndex(layout, index, storing)
  return plan
}

async function planStore({ blobs }: LayoutFolder, { image, concurrency, signal }: Storing): Promise<StorePlan> {
  const there = await inParallel(image.blobs, concurrency, signal, async (blob, ended) => hasBlob(blobs, blob, ended))
  return {
    lacking: image.blobs.filter((_, index) => there[index] === false),
    present: image.blobs.filter((_, index) => there[index] === true),
  }
}

async function receiveBlob(
  { blobs }: LayoutFolder,
  { image, progress }: Storing,
  { blob, signal }: { blob: Descriptor; signal: AbortSignal },
): Promise<void> {
  const onBytes = (bytes: number) => progress.sent(bytes)
  await storeBlob(blobs, blob, image.source.openBlob(blob), { signal, onBytes })
  progress.blobDone()
}

async function storeManifest({ blobs }: LayoutFolder, { descriptor, bytes }: Manifest): Promise<void> {
  await replaceFile(blobs, descriptor.digest.replace(/^sha256:/, ''), bytes)
}

async function readIndex({ root }: LayoutFolder): Promise<Json> {
  const index = (await readJson(root, indexFile)) ?? new Json({ schemaVersion: 2, mediaType: imageIndexType }, '')
  const entries: unknown = index.optional('manifests')?.raw() ?? []
  if (!Array.isArray(entries)) throw refused(`${root.path}/${indexFile}`, 'its manifests are no list')
  return index
}

async function writeIndex({ root }: LayoutFolder, index: Json, { image, refName }: Storing): Promise<void> {
  const { mediaType, digest, size } = image.root.descriptor
  const annotations = refName === undefined ? {} : { annotations: { [refNameKey]: refName } }
  const others = (index.optional('manifests')?.items() ?? []).filter((entry) => !isReplaced(entry, { digest, refName }))
  const manifests = [...others.map((entry) => entry.raw()), { mediaType, digest, size, ...annotations }]
  const document = { ...Object(index.raw()), manifests }
  await replaceFile(root, indexFile, Buffer.from(JSON.stringify(document)))
}

/** A name belongs to one image of a layout; an image without a name is listed once. */
function isReplaced(entry: Json, { digest, refName }: { digest: string; refName: string | undefined }): boolean {
  const name = textAt(entry, 'annotations', refNameKey)
  return name === refName && (refName !== undefined || textAt(entry, 'digest') === digest)
}

/** What others wrote may be of any shape: it is kept as it is. */
function textAt(entry: Json, ...path: readonly string[]): string | undefined {
  let value: unknown = entry.raw()
  for (const name of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  return typeof value === 'string' ? value : undefined
}

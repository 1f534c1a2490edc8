import { stepError, type StepError } from '../core/errors.ts'
import type { Descriptor } from './descriptor.ts'
import { blobPath, type Digest } from './digest.ts'
import type { ImageSource } from './image-source.ts'
import { readingFile, wrongSize } from './layout-fault.ts'
import { readManifest, type ManifestContent, type ManifestFacts } from './manifest.ts'
import { isNonDistributable, manifestKind } from './media-types.ts'

/** A manifest with its bytes as they were built: they are pushed unchanged, because the digest is made of them. */
export type Manifest = ManifestFacts & { readonly descriptor: Descriptor; readonly bytes: Buffer }

/** One image, or one index with all images in it, complete and checked, ready to be pushed. */
export type Image = {
  readonly source: ImageSource
  readonly root: Manifest
  /** All manifests but the root, each after those that it names. */
  readonly children: readonly Manifest[]
  /** Config and layers of all images, each digest once. */
  readonly blobs: readonly Descriptor[]
  /** Layers that must not be pushed, each digest once. */
  readonly skipped: readonly Descriptor[]
  /** Bytes of `blobs`. */
  readonly totalBytes: number
}

/** Bounds of what one push reads into memory, far above every real image. */
const limits = { indexDepth: 4, descriptors: 10_000, manifestBytes: 64 * 1024 * 1024 } as const

const reasons = {
  depth: `its indexes are nested deeper than ${limits.indexDepth}`,
  descriptors: `it names more than ${limits.descriptors} blobs and manifests`,
  bytes: `its manifests take more than ${limits.manifestBytes} bytes`,
  sizes: (digest: Digest) => `it names ${digest} in two sizes`,
} as const

type Graph = {
  readonly source: ImageSource
  /** In the order in which they were completed: children before parents. */
  readonly manifests: Map<Digest, Manifest>
  readonly blobs: Map<Digest, Descriptor>
  readonly skipped: Map<Digest, Descriptor>
  readonly missing: Set<Digest>
  readonly sizes: Map<Digest, number>
  manifestBytes: number
}

/** Reads the image that a source holds, whole but for its blobs' bytes. Throws LAYOUT_* before anything is sent anywhere. */
export async function loadImage(source: ImageSource): Promise<Image> {
  const descriptor = await source.root()
  const graph = emptyGraph(source)
  await visit(graph, descriptor, 0)
  await checkBlobs(graph)
  const root = graph.manifests.get(descriptor.digest)
  if (root === undefined) throw missingBlobs(graph.missing)
  graph.manifests.delete(descriptor.digest)
  const blobs = [...graph.blobs.values()]
  return {
    source,
    root,
    children: [...graph.manifests.values()],
    blobs,
    skipped: [...graph.skipped.values()].filter((layer) => !graph.blobs.has(layer.digest)),
    totalBytes: blobs.reduce((sum, blob) => sum + blob.size, 0),
  }
}

function emptyGraph(source: ImageSource): Graph {
  return {
    source,
    manifests: new Map(),
    blobs: new Map(),
    skipped: new Map(),
    missing: new Set(),
    sizes: new Map(),
    manifestBytes: 0,
  }
}

async function visit(graph: Graph, descriptor: Descriptor, indexesAbove: number): Promise<void> {
  const { digest } = descriptor
  note(graph, descriptor, blobPath(digest))
  if (graph.manifests.has(digest) || graph.missing.has(digest)) return
  if (manifestKind(descriptor.mediaType) === 'index' && indexesAbove === limits.indexDepth)
    throw invalid(digest, reasons.depth)
  const bytes = await graph.source.readManifest(descriptor)
  if (bytes === undefined) {
    graph.missing.add(digest)
    return
  }
  graph.manifestBytes += bytes.length
  if (graph.manifestBytes > limits.manifestBytes) throw invalid(digest, reasons.bytes)
  const content = readingFile(blobPath(digest), () => readManifest(bytes, descriptor))
  addBlobs(graph, content, digest)
  for (const child of content.manifests) await visit(graph, child, indexesAbove + 1)
  graph.manifests.set(digest, { descriptor, bytes, ...content.facts })
}

function addBlobs(graph: Graph, content: ManifestContent, parent: Digest): void {
  for (const blob of content.blobs) {
    note(graph, blob, blobPath(parent))
    const kept = isNonDistributable(blob.mediaType) ? graph.skipped : graph.blobs
    kept.set(blob.digest, blob)
  }
}

/** Bounds the graph, and refuses two sizes for one digest: at least one of them is a lie. */
function note(graph: Graph, descriptor: Descriptor, file: string): void {
  const size = graph.sizes.get(descriptor.digest) ?? descriptor.size
  if (size !== descriptor.size) throw stepError('LAYOUT_INVALID', { file, reason: reasons.sizes(descriptor.digest) })
  graph.sizes.set(descriptor.digest, size)
  if (graph.sizes.size > limits.descriptors) throw stepError('LAYOUT_INVALID', { file, reason: reasons.descriptors })
}

/** Finds all missing blobs before one of a wrong size is complained about: an incomplete layout has a cause of its own. */
async function checkBlobs(graph: Graph): Promise<void> {
  const wrong: StepError[] = []
  for (const blob of graph.blobs.values()) {
    const size = await graph.source.blobSize(blob)
    if (size === undefined) graph.missing.add(blob.digest)
    else if (size !== blob.size) wrong.push(wrongSize(blob, size))
  }
  if (graph.missing.size > 0) throw missingBlobs(graph.missing)
  if (wrong[0] !== undefined) throw wrong[0]
}

function missingBlobs(digests: ReadonlySet<Digest>): StepError {
  return stepError('LAYOUT_BLOB_MISSING', { count: String(digests.size), digests: [...digests].join(', ') })
}

function invalid(digest: Digest, reason: string): StepError {
  return stepError('LAYOUT_INVALID', { file: blobPath(digest), reason })
}

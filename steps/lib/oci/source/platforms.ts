import { stepError, type StepError } from '../../core/errors.ts'
import type { Descriptor } from '../descriptor.ts'
import { readDescriptor } from '../descriptor.ts'
import { blobPath, digestOf } from '../digest.ts'
import type { ImageSource } from '../image-source.ts'
import { Json } from '../json.ts'
import { readingFile } from '../layout-fault.ts'
import { maxManifestBytes, readManifest } from '../manifest.ts'
import { isImageConfig, manifestKind } from '../media-types.ts'
import { isPlatform, readPlatform, showPlatform, type Platform } from './platform.ts'

/** BuildKit lists an image's provenance as a manifest of no platform beside it, and names the image here. */
const attests = 'vnd.docker.reference.digest'

type Entry = {
  readonly json: Json
  readonly descriptor: Descriptor
  /** The digest of the image that this entry is an attestation of. */
  readonly about: string | undefined
  readonly platform: Platform | undefined
}

/**
 * The source with only the platforms that were asked for: one is that image itself, several are an index of just those, with their
 * attestations. Without any asked for, or with none left out, the source as it is. Throws LAYOUT_PLATFORM_UNKNOWN.
 */
export async function withPlatforms(source: ImageSource, asked: readonly string[]): Promise<ImageSource> {
  if (asked.length === 0) return source
  const root = await source.root()
  const bytes = await source.readManifest(root)
  // It is named as missing when the image is loaded.
  if (bytes === undefined) return source
  if (manifestKind(root.mediaType) !== 'index') {
    expectAll(source, asked, [await platformOfImage(source, root)])
    return source
  }
  const { index, entries } = await readEntries(source, root, bytes)
  const images = entries.filter(({ about }) => about === undefined)
  expectAll(
    source,
    asked,
    images.map(({ platform }) => platform),
  )
  const picked = images.filter(({ platform }) => platform !== undefined && isAsked(platform, asked))
  return narrowed(source, { root, index, entries, picked })
}

type Narrowing = {
  readonly root: Descriptor
  readonly index: Json
  readonly entries: readonly Entry[]
  readonly picked: readonly Entry[]
}

function narrowed(source: ImageSource, { root, index, entries, picked }: Narrowing): ImageSource {
  const digests = new Set<string>(picked.map(({ descriptor }) => descriptor.digest))
  const [only] = picked
  if (only !== undefined && digests.size === 1) return { ...source, root: async () => only.descriptor }
  const kept = entries.filter((entry) => picked.includes(entry) || digests.has(entry.about ?? ''))
  if (kept.length === entries.length) return source
  const bytes = Buffer.from(JSON.stringify({ ...fieldsOf(index), manifests: kept.map(({ json }) => json.raw()) }))
  const made = { mediaType: root.mediaType, digest: digestOf(bytes), size: bytes.length }
  return {
    ...source,
    root: async () => made,
    readManifest: async (descriptor) =>
      descriptor.digest === made.digest ? bytes : await source.readManifest(descriptor),
  }
}

function fieldsOf(json: Json): object {
  const value = json.raw()
  return typeof value === 'object' && value !== null ? value : {}
}

async function readEntries(
  source: ImageSource,
  root: Descriptor,
  bytes: Buffer,
): Promise<{ index: Json; entries: Entry[] }> {
  const file = blobPath(root.digest)
  const { index, read } = readingFile(file, () => {
    readManifest(bytes, root)
    const json = Json.parse(bytes)
    return { index: json, read: json.field('manifests').items().map(readEntry) }
  })
  const entries: Entry[] = []
  for (const entry of read)
    entries.push(
      entry.platform === undefined && entry.about === undefined
        ? { ...entry, platform: await platformOfImage(source, entry.descriptor) }
        : entry,
    )
  return { index, entries }
}

function readEntry(json: Json): Entry {
  const said = json.optional('platform')
  const platform = said === undefined ? undefined : readPlatform(said)
  const about = json.optional('annotations')?.optional(attests)?.string()
  const ofNone = platform === undefined || platform.architecture === 'unknown'
  return { json, descriptor: readDescriptor(json), platform, about: ofNone ? about : undefined }
}

/** What an image's own config says; undefined for what is no container image, or not in the source. */
async function platformOfImage(source: ImageSource, descriptor: Descriptor): Promise<Platform | undefined> {
  const bytes = manifestKind(descriptor.mediaType) === 'manifest' ? await source.readManifest(descriptor) : undefined
  if (bytes === undefined) return undefined
  const [config] = readingFile(blobPath(descriptor.digest), () => readManifest(bytes, descriptor)).blobs
  if (config === undefined || !isImageConfig(config.mediaType)) return undefined
  if (config.size > maxManifestBytes || (await source.blobSize(config)) === undefined) return undefined
  const chunks: Buffer[] = []
  for await (const chunk of source.openBlob(config).open() as AsyncIterable<Buffer>) chunks.push(chunk)
  return readingFile(blobPath(config.digest), () => readPlatform(Json.parse(Buffer.concat(chunks))))
}

function isAsked(platform: Platform, asked: readonly string[]): boolean {
  return asked.some((one) => isPlatform(platform, one))
}

function expectAll(source: ImageSource, asked: readonly string[], platforms: readonly (Platform | undefined)[]): void {
  const there = platforms.filter((platform) => platform !== undefined)
  const lacking = asked.filter((one) => !there.some((platform) => isPlatform(platform, one)))
  if (lacking.length > 0) throw notThere(source, lacking, there)
}

function notThere({ path }: ImageSource, lacking: readonly string[], there: readonly Platform[]): StepError {
  const available = [...new Set(there.map(showPlatform))].join(', ') || '(no platform)'
  return stepError('LAYOUT_PLATFORM_UNKNOWN', { path, platforms: lacking.join(', '), available })
}

import { createHash } from 'node:crypto'
import { stepError, type StepError } from '../../core/errors.ts'
import { compressionOf, decompress, zstdFrame, type Compression } from './compression.ts'
import type { Descriptor } from '../descriptor.ts'
import type { Digest } from '../digest.ts'
import { gzipBlockBytes, gzipBlocks } from './gzip-blocks.ts'
import { chunksOf, digestOfChunks, partOf, type OpenedFile } from './opened-file.ts'
import type { ScratchFile } from './scratch-file.ts'

/** A layer as it will be pushed, and where its bytes are. */
export type StoredLayer = { readonly descriptor: Descriptor; readonly file: OpenedFile }

/** A layer as the archive holds it. */
export type ArchivedLayer = {
  /** Its name in the archive, for messages. */
  readonly name: string
  readonly file: OpenedFile
  /** What the config says that its uncompressed bytes have as digest. */
  readonly diffId: Digest
}

export type LayerOptions = {
  readonly compression: 'none' | Compression
  /** Opened at the first layer that needs it. */
  readonly scratch: () => Promise<ScratchFile>
  readonly signal: AbortSignal
}

const layerType = 'application/vnd.oci.image.layer.v1.tar'

/** Only counted, never stored: a layer of zeros may be small indeed. */
const bounds = { maxBytes: 200 * 1024 ** 3, ratio: Infinity, freeBytes: 0 } as const

const reasons = {
  digest: (actual: Digest, diffId: Digest) => `its uncompressed bytes have the digest ${actual}, not ${diffId}`,
} as const

/**
 * Reads a layer whole, checks it against the config, and gives it as it will be pushed: a compressed one as it is, any other one as
 * `compression` says. Throws LAYOUT_LAYER_MISMATCH.
 */
export async function storeLayer(layer: ArchivedLayer, options: LayerOptions): Promise<StoredLayer> {
  const stored = await compressionOf(layer.file)
  if (stored === undefined && options.compression !== 'none') return await convert(layer, options.compression, options)
  await checkLayer(layer, options.signal)
  const { file, diffId } = layer
  const digest = stored === undefined ? diffId : await digestOfChunks(chunks(file, options.signal))
  return { descriptor: { mediaType: typeOf(stored), digest, size: file.size }, file }
}

/** Reads a layer whole and checks it against the config. Throws LAYOUT_LAYER_MISMATCH. */
export async function checkLayer(layer: ArchivedLayer, signal: AbortSignal): Promise<void> {
  const { file } = layer
  const compression = await compressionOf(file)
  const refuse = (reason: string) => mismatch(layer, reason)
  const plain =
    compression === undefined ? chunks(file, signal) : decompress(file, { compression, bounds, signal, refuse })
  expectDigest(layer, await digestOfChunks(plain))
}

async function convert(layer: ArchivedLayer, compression: Compression, options: LayerOptions): Promise<StoredLayer> {
  const scratch = await options.scratch()
  const offset = scratch.size
  const [plain, compressed] = [createHash('sha256'), createHash('sha256')]
  const input = passing(chunks(layer.file, options.signal), (chunk) => plain.update(chunk))
  for await (const chunk of compression === 'gzip' ? gzipBlocks(input) : zstdFrame(input)) {
    compressed.update(chunk)
    await scratch.append(chunk)
  }
  expectDigest(layer, `sha256:${plain.digest('hex')}`)
  const size = scratch.size - offset
  const digest: Digest = `sha256:${compressed.digest('hex')}`
  return { descriptor: { mediaType: typeOf(compression), digest, size }, file: partOf(scratch, { offset, size }) }
}

function chunks(file: OpenedFile, signal: AbortSignal): AsyncGenerator<Buffer> {
  return chunksOf(file, { bytes: gzipBlockBytes, signal })
}

async function* passing(all: AsyncIterable<Buffer>, look: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of all) {
    look(chunk)
    yield chunk
  }
}

function typeOf(compression: Compression | undefined): string {
  return compression === undefined ? layerType : `${layerType}+${compression}`
}

function expectDigest(layer: ArchivedLayer, actual: Digest): void {
  if (actual !== layer.diffId) throw mismatch(layer, reasons.digest(actual, layer.diffId))
}

function mismatch({ name }: ArchivedLayer, reason: string): StepError {
  return stepError('LAYOUT_LAYER_MISMATCH', { file: name, reason })
}

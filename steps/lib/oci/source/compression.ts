import type { Duplex } from 'node:stream'
import { pipeline, Readable } from 'node:stream'
import { createGunzip, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { chunksOf, readFully, type OpenedFile } from './opened-file.ts'

export type Compression = 'gzip' | 'zstd'

const chunkBytes = 256 * 1024

/** First bytes, in hex: RFC 1952 §2.3.1, RFC 8878 §3.1.1 and §3.1.2: pzstd begins with a frame that is skipped. */
const magic: readonly (readonly [Compression, RegExp])[] = [
  ['gzip', /^1f8b/],
  ['zstd', /^28b52ffd/],
  ['zstd', /^5.2a4d18/],
]

/** How a file is compressed, told by its first bytes; undefined when it is not. */
export async function compressionOf(file: OpenedFile): Promise<Compression | undefined> {
  const head = Buffer.alloc(4)
  await readFully(file, head, 0)
  return magic.find(([, start]) => start.test(head.toString('hex')))?.[0]
}

/** Bounds of what may come out of a compressed file, in bytes. */
export type Bounds = {
  readonly maxBytes: number
  /** So many times as much as goes in is too much, once more than `freeBytes` have come out. */
  readonly ratio: number
  readonly freeBytes: number
}

const maxFrames = 100_000

const reasons = {
  damaged: (message: string) => `its compressed data is damaged, cut off, or followed by other bytes (${message})`,
  large: (bytes: number) => `it unpacks to more than ${bytes} bytes`,
  bomb: (ratio: number) => `it unpacks to more than ${ratio} times its size`,
} as const

type Decompression = {
  readonly compression: Compression
  readonly bounds: Bounds
  readonly signal: AbortSignal
  /** Makes the error that says what is wrong with the file. */
  readonly refuse: (reason: string) => Error
}

/**
 * What a compressed file holds. It may be of several members or frames, as parallel compressors write it; all of its bytes must belong to
 * them. Ends with the reason of an abort.
 */
export async function* decompress(file: OpenedFile, options: Decompression): AsyncGenerator<Buffer> {
  const { compression, bounds, signal, refuse } = options
  let total = 0
  let frames = 0
  for (let from = 0; from < file.size; frames += 1) {
    // Node ends a stream with its first frame and says how far it read: the next one is begun there.
    const engine = compression === 'gzip' ? createGunzip() : createZstdDecompress()
    try {
      for await (const chunk of through(chunksOf(file, { bytes: chunkBytes, from, signal }), engine)) {
        total += chunk.length
        if (total > bounds.maxBytes) throw refuse(reasons.large(bounds.maxBytes))
        if (total > bounds.freeBytes && total > bounds.ratio * (from + engine.bytesWritten))
          throw refuse(reasons.bomb(bounds.ratio))
        yield chunk
      }
    } catch (error) {
      throw isZlibError(error) ? refuse(reasons.damaged(error.message)) : error
    }
    if (engine.bytesWritten === 0 || frames === maxFrames) throw refuse(reasons.damaged('no progress'))
    from += engine.bytesWritten
  }
}

/** All chunks as one zstd frame. */
export function zstdFrame(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  return through(chunks, createZstdCompress())
}

async function* through(chunks: AsyncIterable<Buffer>, engine: Duplex): AsyncGenerator<Buffer> {
  // An error of either side ends the engine, whose reader gets it.
  pipeline(Readable.from(chunks, { objectMode: false }), engine, () => undefined)
  try {
    for await (const chunk of engine as AsyncIterable<Buffer>) yield chunk
  } finally {
    // It may have ended before its input did.
    engine.destroy()
  }
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^Z(STD)?_/.test(String(error.code))
}

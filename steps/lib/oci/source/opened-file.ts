import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { readAt } from './contained-file.ts'
import type { Digest } from '../digest.ts'

/** Bytes that are read by their place: a file that is open, or a part of one. Whoever opened it disposes of it. */
export type OpenedFile = AsyncDisposable & {
  /** In bytes, as it was when the file was opened. */
  readonly size: number
  /** Fills `target` with the bytes at `position` as far as there are any, and says how many it read. Throws LAYOUT_UNREADABLE. */
  read(target: Buffer, position: number): Promise<number>
  /** Whether the file was written to since it was opened. */
  changed(): Promise<boolean>
}

/** An open handle as a file; `file` is its name in messages. */
export function openedFile({ handle, stats }: { handle: FileHandle; stats: BigIntStats }, file: string): OpenedFile {
  return {
    size: Number(stats.size),
    read: async (target, position) => await readAt(handle, file, target, position),
    changed: async () => {
      const now = await handle.stat({ bigint: true })
      return now.size !== stats.size || now.mtimeNs !== stats.mtimeNs
    },
    [Symbol.asyncDispose]: async () => await handle.close(),
  }
}

/** A part of a file as a file of its own; the whole stays with its owner. */
export function partOf(file: OpenedFile, { offset, size }: { offset: number; size: number }): OpenedFile {
  return {
    size,
    read: async (target, position) => {
      const room = Math.min(target.length, size - position)
      return room <= 0 ? 0 : await file.read(target.subarray(0, room), offset + position)
    },
    changed: async () => await file.changed(),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** Fills `target` from `position` on; less only where the file ends. */
export async function readFully(file: OpenedFile, target: Buffer, position: number): Promise<number> {
  let length = 0
  while (length < target.length) {
    const bytesRead = await file.read(target.subarray(length), position + length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return length
}

type Chunks = { readonly bytes: number; readonly from?: number; readonly signal: AbortSignal }

/** A file in chunks of exactly `bytes`, but for the last one. Each is a buffer of its own. Ends with the reason of an abort. */
export async function* chunksOf(file: OpenedFile, { bytes, from = 0, signal }: Chunks): AsyncGenerator<Buffer> {
  for (let position = from; position < file.size;) {
    signal.throwIfAborted()
    const chunk = Buffer.allocUnsafeSlow(Math.min(bytes, file.size - position))
    const length = await readFully(file, chunk, position)
    if (length === 0) return
    position += length
    yield chunk.subarray(0, length)
  }
}

/** The SHA-256 digest of all that comes. */
export async function digestOfChunks(chunks: AsyncIterable<Buffer>): Promise<Digest> {
  const hash = createHash('sha256')
  for await (const chunk of chunks) hash.update(chunk)
  return `sha256:${hash.digest('hex')}`
}

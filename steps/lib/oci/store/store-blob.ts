import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { StreamBody } from '../../http/stream-body.ts'
import type { Descriptor } from '../descriptor.ts'
import { unsettled } from '../settled-failure.ts'
import type { HeldFolder } from './held-folder.ts'
import { replaceWith } from './replace-file.ts'

const batchBytes = 1024 * 1024

/** Whether the folder has a blob already, every byte of it as its digest says. */
export async function hasBlob(blobs: HeldFolder, { digest, size }: Descriptor, signal: AbortSignal): Promise<boolean> {
  const found = await blobs.read(nameOf(digest))
  if (found === undefined) return false
  try {
    return found.size === size && (await digestOfFile(found.handle, signal)) === digest
  } finally {
    await found.handle.close()
  }
}

async function digestOfFile(handle: FileHandle, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafeSlow(batchBytes)
  for (let position = 0; ;) {
    signal.throwIfAborted()
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) return `sha256:${hash.digest('hex')}`
    hash.update(buffer.subarray(0, bytesRead))
    position += bytesRead
  }
}

export type Receiving = {
  readonly signal: AbortSignal
  /** Told of bytes that were received. */
  readonly onBytes: (bytes: number) => void
}

/** Writes a blob as it comes; it gets its name only when all of it was found to be right by whoever gives it. */
export async function storeBlob(
  blobs: HeldFolder,
  { digest }: Descriptor,
  body: StreamBody,
  receiving: Receiving,
): Promise<void> {
  await replaceWith(blobs, nameOf(digest), async (handle) => await receive(handle, body, receiving))
}

/** One batch is written while the next one comes. */
async function receive(handle: FileHandle, body: StreamBody, { signal, onBytes }: Receiving): Promise<void> {
  let batch: Buffer[] = []
  let size = 0
  let before = Promise.resolve()
  const flush = async () => {
    await before
    const pieces = batch
    batch = []
    size = 0
    before = writeAll(handle, pieces)
    // Its failure is met where it is waited for.
    before.catch(() => undefined)
  }
  try {
    for await (const chunk of body.give?.() ?? body.open()) {
      signal.throwIfAborted()
      const piece: Buffer = chunk
      batch.push(piece)
      size += piece.length
      onBytes(piece.length)
      if (size >= batchBytes) await flush()
    }
    if (batch.length > 0) await flush()
  } catch (error) {
    throw unsettled(error)
  } finally {
    // The file is closed after this.
    await before.catch(() => undefined)
  }
  await before
}

/** A write may take less than it was given. */
async function writeAll(handle: FileHandle, pieces: readonly Buffer[]): Promise<void> {
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const { bytesWritten } = await handle.writev([...pieces])
  if (bytesWritten < total) await handle.writeFile(Buffer.concat(pieces).subarray(bytesWritten))
}

function nameOf(digest: string): string {
  return digest.replace(/^sha256:/, '')
}

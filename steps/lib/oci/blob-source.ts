import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { StreamBody } from '../http/client.ts'
import { openInside, readAt, type Folder } from './contained-file.ts'
import { blobPath } from './digest.ts'
import type { Descriptor } from './descriptor.ts'
import { blobChanged, wrongSize } from './layout-fault.ts'

const chunkBytes = 256 * 1024

const reasons = {
  gone: 'it has vanished',
  written: 'its file was written to while it was read',
} as const

/** A blob's file as the body of a request: read in chunks, never held, and never handed out whole once it has changed. */
export function openBlob(folder: Folder, descriptor: Descriptor): StreamBody {
  return {
    length: descriptor.size,
    open: () => Readable.from(readBlob(folder, descriptor), { objectMode: false, highWaterMark: chunkBytes }),
  }
}

async function* readBlob(folder: Folder, descriptor: Descriptor): AsyncGenerator<Buffer> {
  const file = blobPath(descriptor.digest)
  const opened = await openInside(folder, file)
  if (opened === undefined) throw blobChanged(descriptor, reasons.gone)
  await using handle = opened.handle
  if (opened.stats.size !== BigInt(descriptor.size)) throw wrongSize(descriptor, opened.stats.size)
  for (let sent = 0; sent < descriptor.size;) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(chunkBytes, descriptor.size - sent))
    const bytesRead = await readAt(handle, file, chunk, sent)
    if (bytesRead === 0) throw wrongSize(descriptor, sent)
    sent += bytesRead
    // Looked at before the last bytes leave: without them the registry cannot complete the blob.
    if (sent === descriptor.size) await checkUnwritten(handle, opened.stats.mtimeNs, descriptor)
    yield chunk.subarray(0, bytesRead)
  }
}

async function checkUnwritten(handle: FileHandle, mtimeNs: bigint, descriptor: Descriptor): Promise<void> {
  const now = await handle.stat({ bigint: true })
  if (now.size !== BigInt(descriptor.size)) throw wrongSize(descriptor, now.size)
  if (now.mtimeNs !== mtimeNs) throw blobChanged(descriptor, reasons.written)
}

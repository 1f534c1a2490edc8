import { Readable } from 'node:stream'
import type { StreamBody } from '../../http/stream-body.ts'
import type { Descriptor } from '../descriptor.ts'
import { blobChanged, wrongSize } from '../layout-fault.ts'
import type { OpenedFile } from './opened-file.ts'

const chunkBytes = 256 * 1024

const reasons = {
  gone: 'it has vanished',
  written: 'its file was written to while it was read',
} as const

/** Where a blob's bytes are; undefined when they are gone. */
export type OpenBlob = () => Promise<OpenedFile | undefined>

/** A blob as the body of a request: read in chunks, never held, and never handed out whole once its file has changed. */
export function blobBody(descriptor: Descriptor, open: OpenBlob): StreamBody {
  const fresh = (bytes: number) => Buffer.allocUnsafeSlow(bytes)
  return {
    length: descriptor.size,
    open: () => Readable.from(readBlob(descriptor, open, fresh), { objectMode: false, highWaterMark: chunkBytes }),
    lend: () => readBlob(descriptor, open, inTurn()),
  }
}

/** Two buffers in turn: one is filled while the other is on its way. New ones for each chunk would be most of what the process holds. */
function inTurn(): (bytes: number) => Buffer {
  let [next, other]: (Buffer | undefined)[] = []
  return (bytes) => {
    const buffer = next ?? Buffer.allocUnsafeSlow(bytes)
    next = other
    other = buffer
    return buffer.subarray(0, bytes)
  }
}

async function* readBlob(
  descriptor: Descriptor,
  open: OpenBlob,
  bufferOf: (bytes: number) => Buffer,
): AsyncGenerator<Buffer> {
  const opened = await open()
  if (opened === undefined) throw blobChanged(descriptor, reasons.gone)
  await using file = opened
  if (file.size !== descriptor.size) throw wrongSize(descriptor, file.size)
  for (let sent = 0; sent < descriptor.size;) {
    const chunk = bufferOf(Math.min(chunkBytes, descriptor.size - sent))
    const bytesRead = await file.read(chunk, sent)
    if (bytesRead === 0) throw wrongSize(descriptor, sent)
    sent += bytesRead
    // Looked at before the last bytes leave: without them the registry cannot complete the blob.
    if (sent === descriptor.size && (await file.changed())) throw blobChanged(descriptor, reasons.written)
    yield chunk.subarray(0, bytesRead)
  }
}

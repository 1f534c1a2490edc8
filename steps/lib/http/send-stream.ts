import type http from 'node:http'
import { Readable } from 'node:stream'
import type { StreamBody } from './stream-body.ts'

/**
 * Sends a body of a known length: one chunk is read while the one before it is on its way, and the last one goes with the end of the request,
 * so that a small body and the head before it leave together. `fail` is told the source's own error, which is the true one and not one of the
 * network; then the request is torn down. It never throws.
 */
export async function sendStream(
  outgoing: http.ClientRequest,
  body: StreamBody,
  fail: (error: unknown) => void,
): Promise<void> {
  try {
    const source = body.lend?.() ?? body.open()
    const chunks = source[Symbol.asyncIterator]()
    try {
      await sendChunks(outgoing, chunks, body)
    } finally {
      // A registry may answer (401, 400) before it has read everything: what is left of the source is then dropped.
      if (source instanceof Readable) source.destroy()
      else await chunks.return?.()
    }
  } catch (error) {
    fail(error)
    outgoing.destroy()
  }
}

async function sendChunks(
  outgoing: http.ClientRequest,
  chunks: AsyncIterator<Buffer>,
  { length, onSent }: StreamBody,
): Promise<void> {
  const write = writerTo(outgoing)
  let left = length
  let before = Promise.resolve()
  for (;;) {
    const next = await chunks.next()
    // What is still read after the end of the request goes nowhere.
    if (next.done === true || outgoing.destroyed) break
    const chunk: Buffer = next.value
    left -= chunk.length
    onSent?.(chunk.length)
    if (outgoing.destroyed) break
    if (left <= 0) {
      outgoing.end(chunk)
      return
    }
    const written = write(chunk)
    await before
    before = written
  }
  if (!outgoing.destroyed) outgoing.end()
}

/** Writes a chunk and waits until its bytes are needed no more: it has left, or the request is over. */
function writerTo(outgoing: http.ClientRequest): (chunk: Buffer) => Promise<void> {
  const waiting = new Set<() => void>()
  outgoing.once('close', () => {
    for (const wake of waiting) wake()
  })
  return (chunk) =>
    new Promise((resolve) => {
      const wake = (): void => {
        waiting.delete(wake)
        resolve()
      }
      waiting.add(wake)
      outgoing.write(chunk, wake)
    })
}

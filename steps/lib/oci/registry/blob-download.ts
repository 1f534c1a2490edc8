import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { stepError, type StepError } from '../../core/errors.ts'
import type { StreamBody } from '../../http/stream-body.ts'
import type { Descriptor } from '../descriptor.ts'
import type { Digest } from '../digest.ts'
import { settling } from '../settled-failure.ts'
import { openBlobAt } from './blob-range.ts'
import type { RegistryClient } from './registry-client.ts'

const reasons = {
  longer: (size: number) => `it is longer than the ${size} bytes that its manifest says`,
  digest: (got: Digest) => `its bytes have the digest ${got}`,
  short: (got: number, size: number) => `the answer ended after ${got} of ${size} bytes`,
} as const

const streamBytes = 1024 * 1024

/**
 * A blob of a registry as the body of a request: never held, hashed as it comes, and never handed out whole unless it is what its descriptor
 * says. A download that breaks off goes on where it was, with the patience of its client.
 */
export function downloadBlob(client: RegistryClient, blob: Descriptor): StreamBody {
  const read = () => readBlob(client, blob)
  return {
    length: blob.size,
    open: () => Readable.from(read(), { objectMode: false, highWaterMark: streamBytes }),
    lend: read,
    give: read,
  }
}

async function* readBlob(client: RegistryClient, blob: Descriptor): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const pieces = new Pieces(client, blob)
  let received = 0
  let held: Buffer | undefined
  try {
    while (received < blob.size) {
      const piece = await pieces.next(received)
      received += piece.length
      if (received > blob.size) throw differs(client, blob, reasons.longer(blob.size))
      hash.update(piece)
      if (held !== undefined) yield held
      held = piece
    }
    await pieces.expectEnd()
    // Looked at before the last bytes leave: without them nobody can complete the blob.
    const got: Digest = `sha256:${hash.digest('hex')}`
    if (got !== blob.digest) throw differs(client, blob, reasons.digest(got))
    if (held !== undefined) yield held
  } finally {
    await pieces.close()
  }
}

/** The error of a blob whose bytes are not what its descriptor says. */
export function differs({ registry }: RegistryClient, { digest }: Descriptor, reason: string): StepError {
  return stepError('REGISTRY_BLOB_DIFFERS', { registry, digest, reason })
}

/** What comes of a blob, piece by piece, over as many connections as it takes. */
class Pieces {
  readonly #client: RegistryClient
  readonly #blob: Descriptor
  #stream: AsyncGenerator<Buffer> | undefined

  constructor(client: RegistryClient, blob: Descriptor) {
    this.#client = client
    this.#blob = blob
  }

  /** The next bytes, from this place on. Its failures have been retried. */
  async next(position: number): Promise<Buffer> {
    let failure: Error | undefined
    if (this.#stream !== undefined) {
      try {
        return await this.#take(this.#stream, position)
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error))
      }
    }
    const attempt = async () => {
      const before = failure
      failure = undefined
      if (before !== undefined) throw before
      this.#stream = await openBlobAt(this.#client, this.#blob, position)
      return await this.#take(this.#stream, position)
    }
    return await settling(this.#client.patiently(attempt))
  }

  /** Throws when more follows the last byte: a digest of what is too long by a byte proves nothing of it. */
  async expectEnd(): Promise<void> {
    const rest = await this.#stream?.next().catch(() => undefined)
    if (rest !== undefined && rest.done !== true)
      throw differs(this.#client, this.#blob, reasons.longer(this.#blob.size))
  }

  async close(): Promise<void> {
    await this.#stream?.return(undefined)
  }

  async #take(stream: AsyncGenerator<Buffer>, position: number): Promise<Buffer> {
    try {
      const next = await stream.next()
      if (next.done !== true) return next.value
    } catch (error) {
      this.#stream = undefined
      throw error
    }
    this.#stream = undefined
    const reason = reasons.short(position, this.#blob.size)
    throw stepError('NETWORK_INTERRUPTED', { host: this.#client.registry, reason })
  }
}

import { Readable } from 'node:stream'
import type { Clock } from '../../core/clock.ts'
import { stepError } from '../../core/errors.ts'
import type { StreamBody } from '../../http/stream-body.ts'

/** One upload's part in a shared reading. */
export type Share = {
  readonly body: StreamBody
  /** Says that this upload is over, however it ended: the others wait for it no more. */
  leave(): void
}

/** How far one upload may be ahead of the slowest: 4 MiB in chunks of 256 KiB. */
const windowChunks = 16

/** For an upload that takes nothing for so long the others wait no more; shorter than the time after which they would be given up themselves. */
const graceMs = 20_000

type Reader = { position: number; readonly cutOff: (reason: Error) => void }

/**
 * One body for several uploads at the same time, each byte of it read once: whoever is ahead waits for the others. An upload that opens its body
 * again (a retry), or too late, reads alone.
 */
export function shareBody<T>(
  body: StreamBody,
  uploads: readonly T[],
  clock: Clock,
): readonly { readonly upload: T; readonly share: Share }[] {
  const reading = new SharedReading(body, clock)
  // One upload reads for itself: nobody to wait for, nothing to keep.
  const newShare = uploads.length === 1 ? () => ({ body, leave: () => undefined }) : () => reading.share()
  return uploads.map((upload) => ({ upload, share: newShare() }))
}

class SharedReading {
  readonly #body: StreamBody
  readonly #clock: Clock
  /** `undefined` stands for an upload that has not opened its body yet. */
  readonly #readers = new Map<object, Reader | undefined>()
  readonly #chunks: Buffer[] = []
  #firstKept = 0
  #source: AsyncIterator<Buffer> | undefined
  #reading: Promise<boolean> | undefined
  #moved = Promise.withResolvers<void>()

  constructor(body: StreamBody, clock: Clock) {
    this.#body = body
    this.#clock = clock
  }

  share(): Share {
    const key = {}
    this.#readers.set(key, undefined)
    const open = () => {
      const isFirst = this.#readers.has(key) && this.#readers.get(key) === undefined
      // What has gone by cannot be had from here any more; nor is a second opening part of it.
      if (isFirst && this.#firstKept === 0) return this.#join(key)
      this.#leave(key)
      return this.#body.open()
    }
    return { body: { length: this.#body.length, open }, leave: () => this.#leave(key) }
  }

  #join(key: object): Readable {
    const stream = Readable.from(this.#chunksFor(key), { objectMode: false, highWaterMark: 1 })
    this.#readers.set(key, { position: 0, cutOff: (reason) => stream.destroy(reason) })
    stream.once('close', () => this.#leave(key))
    return stream
  }

  async *#chunksFor(key: object): AsyncGenerator<Buffer> {
    for (;;) {
      const reader = this.#readers.get(key)
      if (reader === undefined) return
      await this.#waitForOthers(reader)
      const index = reader.position - this.#firstKept
      const chunk = this.#chunks[index]
      if (chunk === undefined) {
        if (!(await this.#readNext())) return
        continue
      }
      yield chunk
      reader.position += 1
      this.#letGo()
    }
  }

  /** Reads one more chunk, once however many wait for it; false at the end. */
  async #readNext(): Promise<boolean> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined
    })
    return await this.#reading
  }

  async #readOnce(): Promise<boolean> {
    this.#source ??= this.#body.open()[Symbol.asyncIterator]()
    const next = await this.#source.next()
    if (next.done === true) return false
    this.#chunks.push(next.value)
    return true
  }

  async #waitForOthers(reader: Reader): Promise<void> {
    while (reader.position - this.#slowest() >= windowChunks) {
      const slowest = this.#slowest()
      const isLate = await this.#othersAreLate()
      if (isLate && this.#slowest() === slowest) this.#cutOffAt(slowest)
    }
  }

  async #othersAreLate(): Promise<boolean> {
    const moved = new AbortController()
    const late = this.#clock.sleep(graceMs, moved.signal).then(
      () => true,
      () => false,
    )
    try {
      return await Promise.race([late, this.#moved.promise.then(() => false)])
    } finally {
      moved.abort()
    }
  }

  #slowest(): number {
    return Math.min(...[...this.#readers.values()].map((reader) => reader?.position ?? 0))
  }

  #cutOffAt(position: number): void {
    for (const [key, reader] of this.#readers) {
      if ((reader?.position ?? 0) !== position) continue
      this.#leave(key)
      // A passing error: its upload begins anew, and then reads alone.
      reader?.cutOff(stepError('UPLOAD_TOO_SLOW', { seconds: String(graceMs / 1000) }))
    }
  }

  #leave(key: object): void {
    if (!this.#readers.delete(key)) return
    this.#letGo()
    if (this.#readers.size > 0) return
    this.#chunks.length = 0
    void this.#source?.return?.()
  }

  /** Forgets the chunks that nobody needs any more. */
  #letGo(): void {
    const unneeded = Math.min(this.#slowest() - this.#firstKept, this.#chunks.length)
    if (unneeded > 0) {
      this.#chunks.splice(0, unneeded)
      this.#firstKept += unneeded
    }
    this.#moved.resolve()
    this.#moved = Promise.withResolvers()
  }
}

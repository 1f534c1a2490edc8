import { setTimeout as delay } from 'node:timers/promises'
import { Readable } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { systemClock, type Clock } from '../../../steps/lib/core/clock.ts'
import type { StreamBody } from '../../../steps/lib/http/stream-body.ts'
import { shareBody, type Share } from '../../../steps/lib/oci/registry/shared-body.ts'

const chunkBytes = 256 * 1024

/** A body of so many numbered chunks that counts how often each is read. */
function countedSource(chunks: number) {
  const reads: number[] = []
  async function* read() {
    for (let index = 0; index < chunks; index += 1) {
      reads[index] = (reads[index] ?? 0) + 1
      yield Buffer.alloc(chunkBytes, index)
    }
  }
  return { reads, body: { length: chunks * chunkBytes, open: () => Readable.from(read(), { objectMode: false }) } }
}

/** So many uploads' shares of one body. */
function shares(body: StreamBody, uploads: number, clock: Clock = systemClock): Share[] {
  return shareBody(body, Array.from({ length: uploads }), clock).map(({ share }) => share)
}

async function take(share: Share, pause = 0): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of share.body.open() as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    if (pause > 0) await delay(pause)
  }
  share.leave()
  return Buffer.concat(chunks)
}

function expected(chunks: number): Buffer {
  return Buffer.concat(Array.from({ length: chunks }, (_, index) => Buffer.alloc(chunkBytes, index)))
}

test('gives three uploads all bytes, each read once, however different their speeds', async () => {
  const { reads, body } = countedSource(40)
  const [first, second, third] = shares(body, 3)
  if (first === undefined || second === undefined || third === undefined) throw new Error('three shares were asked for')
  const taken = await Promise.all([take(first), take(second, 1), take(third, 2)])
  expect(taken.map((bytes) => bytes.equals(expected(40)))).toEqual([true, true, true])
  expect(reads).toEqual(Array.from({ length: 40 }, () => 1))
})

test('is never further ahead of the slowest upload than its window', async () => {
  const { reads, body } = countedSource(100)
  const [fast, slow] = shares(body, 2)
  if (fast === undefined || slow === undefined) throw new Error('two shares were asked for')
  const taken = take(fast)
  // The slow one has not begun yet: nothing more than the window may be held for it.
  await vi.waitFor(() => expect(reads.length).toBeGreaterThanOrEqual(16))
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
  expect(reads.length).toBeLessThanOrEqual(18)
  slow.leave()
  expect((await taken).equals(expected(100))).toBe(true)
})

test('reads alone when an upload opens its body again, and the other goes on without it', async () => {
  const { reads, body } = countedSource(30)
  const [steady, failing] = shares(body, 2)
  if (steady === undefined || failing === undefined) throw new Error('two shares were asked for')
  const broken = failing.body.open()
  const rest = take(steady)
  await new Promise((resolve) => broken.once('data', resolve))
  broken.destroy()
  const [again, whole] = await Promise.all([take(failing), rest])
  expect([again.equals(expected(30)), whole.equals(expected(30))]).toEqual([true, true])
  expect(Math.max(...reads)).toBe(2)
})

test('ends every upload with the error that reading gave', async () => {
  const body = {
    length: 2,
    open: () => {
      async function* read() {
        yield Buffer.from('x')
        throw new Error('the disk')
      }
      return Readable.from(read(), { objectMode: false })
    },
  }
  const ends = await Promise.allSettled(shares(body, 2).map(async (share) => await take(share)))
  expect(ends.map((end) => end.status === 'rejected' && String(end.reason))).toEqual([
    'Error: the disk',
    'Error: the disk',
  ])
})

test('cuts off an upload that takes nothing for 20 s, as a passing error of its own, and the other goes on', async () => {
  const { body } = countedSource(60)
  const waits: number[] = []
  // Time that passes as soon as somebody waits for it, once everything that can move has moved.
  const sleep = async (ms: number) => {
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
    waits.push(ms)
  }
  const [fast, stuck] = shares(body, 2, { now: Date.now, sleep })
  if (fast === undefined || stuck === undefined) throw new Error('two shares were asked for')
  const stalled = stuck.body.open()
  const ended = new Promise((resolve) => stalled.once('error', resolve))
  expect((await take(fast)).equals(expected(60))).toBe(true)
  expect(await ended).toMatchObject({ code: 'UPLOAD_TOO_SLOW' })
  expect(waits).toContain(20_000)
})

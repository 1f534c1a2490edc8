import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { gzipBlockBytes, gzipBlocks } from '../../../steps/lib/oci/source/gzip-blocks.ts'

const block = gzipBlockBytes

/** Input as a layer gives it: whole blocks, then the rest. */
async function* blocksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += block) yield bytes.subarray(at, at + block)
}

async function gzip(bytes: Buffer): Promise<Buffer> {
  return await buffer(Readable.from(gzipBlocks(blocksOf(bytes))))
}

/** Text that compresses, and differs from block to block. */
function content(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; at += 1) bytes[at] = (at * seed + (at >> 9)) & 0x3f
  return bytes
}

test.each([0, 1, block - 1, block, block + 1, 2 * block - 1, 2 * block, 7 * block + 5])(
  'compresses %d bytes to one gzip member that holds them',
  async (size) => {
    const bytes = content(size, 31)
    const compressed = await gzip(bytes)
    expect(gunzipSync(compressed).equals(bytes)).toBe(true)
    expect(compressed.subarray(0, 10).toString('hex')).toBe('1f8b08000000000000ff')
    expect(compressed.readUInt32LE(compressed.length - 4)).toBe(size)
  },
)

test('gives for any input around the borders of blocks what unpacks to it, and the same bytes each time', async () => {
  const sizes = fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -70, max: 70 }))
    .map(([blocks, more]) => Math.max(0, blocks * block + more))
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 1, max: 255 }), async (size, seed) => {
      const bytes = content(size, seed)
      const [once, again] = await Promise.all([gzip(bytes), gzip(bytes)])
      expect(gunzipSync(once).equals(bytes)).toBe(true)
      expect(again.equals(once)).toBe(true)
    }),
    { numRuns: 15 },
  )
})

test('uses what lies in the block before: a repetition across the border costs nothing', async () => {
  const noise = Buffer.from(Array.from({ length: 20_000 }, (_, at) => (at * at * 7919 + at * 31) >> 5))
  const filled = Buffer.concat([Buffer.alloc(block - noise.length), noise, noise])
  const once = await gzip(filled.subarray(0, block))
  const twice = await gzip(filled)
  expect(twice.length - once.length).toBeLessThan(noise.length / 10)
})

test('ends with the error of its input', async () => {
  const broken = async function* broken(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(block)
    throw new Error('the disk is gone')
  }
  await expect(buffer(Readable.from(gzipBlocks(broken())))).rejects.toThrow('the disk is gone')
})

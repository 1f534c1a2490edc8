import { createHash } from 'node:crypto'
import { appendFile, open, truncate, utimes } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { uploadBlob } from '../../../steps/lib/oci/registry/blobs.ts'
import { startFakeRegistry } from './fake-registry.ts'
import { emptyLayout, errorOf, layerType, simpleLayout, testClient, type TestLayout } from './fixtures.ts'

const mebibyte = 1024 * 1024

test('uploads 300 MB without holding them: memory for bytes stays below a third of it', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await emptyLayout()
  const blob = await sparseBlob(layout, 300 * mebibyte)
  await layout.roots(await layout.manifest([blob]))
  const { source, blobs } = await layout.load()
  const descriptor = blobs.find(({ digest }) => digest === blob.digest)
  if (descriptor === undefined) throw new Error('no blob')
  let highest = 0
  const sent = () => {
    highest = Math.max(highest, process.memoryUsage().arrayBuffers)
  }
  const before = process.memoryUsage().arrayBuffers
  await uploadBlob(testClient(registry.origin), descriptor, source.openBlob(descriptor), {
    sent,
    blobDone: () => undefined,
  })
  expect(registry.blobs.has(blob.digest)).toBe(true)
  // What the garbage collector has not yet taken counts too, and the fake's own buffers.
  expect((highest - before) / mebibyte).toBeLessThan(100)
})

test.each([
  ['truncated', async (file: string) => truncate(file, 2_000_000)],
  ['grown', async (file: string) => appendFile(file, 'x')],
  ['touched', async (file: string) => utimes(file, 1, 1)],
])('fails before the last byte when the file is %s while it is read', async (_, change) => {
  await using layout = await simpleLayout(Buffer.alloc(3_000_000, 'q'))
  const { source, blobs } = await layout.load()
  const layer = blobs.find(({ size }) => size === 3_000_000)
  if (layer === undefined) throw new Error('no layer')
  let read = 0
  const reading = async () => {
    for await (const chunk of source.openBlob(layer).open() as AsyncIterable<Buffer>) {
      if (read === 0) await change(layout.file(layer))
      read += chunk.length
    }
  }
  expect((await errorOf(reading())).code).toBe('LAYOUT_BLOB_CHANGED')
  expect(read).toBeLessThan(3_000_000)
})

test('sends an empty blob', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await simpleLayout('')
  const { source, blobs } = await layout.load()
  const empty = blobs.find(({ size }) => size === 0)
  if (empty === undefined) throw new Error('no empty layer')
  await uploadBlob(testClient(registry.origin), empty, source.openBlob(empty))
  expect(registry.blobs.has(empty.digest)).toBe(true)
})

async function sparseBlob(
  layout: TestLayout,
  size: number,
): Promise<{ mediaType: string; digest: string; size: number }> {
  const hash = createHash('sha256')
  const zeros = Buffer.alloc(mebibyte)
  for (let done = 0; done < size; done += zeros.length) hash.update(zeros)
  const blob = { mediaType: layerType, digest: `sha256:${hash.digest('hex')}`, size }
  await using file = await open(layout.file(blob), 'w')
  await file.truncate(size)
  return blob
}

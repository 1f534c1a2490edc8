import { expect, test } from 'vitest'
import { planPush } from '../../../steps/lib/oci/registry/plan.ts'
import { startFakeRegistry } from './fake-registry.ts'
import { emptyLayout, foreignType, layerType, pushImage, pushTo, simpleLayout, testClient } from './fixtures.ts'

test('pushes a fresh image: blobs first, the tag last, bytes unchanged', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await simpleLayout('one', 'second layer')
  const image = await layout.load()
  const summary = await pushTo(registry, layout)
  expect(summary).toEqual({
    digest: image.root.descriptor.digest,
    pushedBlobs: 3,
    mountedBlobs: 0,
    skippedBlobs: 0,
    pushedBytes: image.totalBytes,
    skippedBytes: 0,
    manifests: 1,
    skippedForeign: 0,
  })
  expect(registry.tags.get('v1')).toBe(summary.digest)
  expect(registry.manifests.get(summary.digest)?.bytes.equals(image.root.bytes)).toBe(true)
  expect(registry.journal('PUT').at(-1)).toBe('PUT manifests/v1')
  expect(registry.openUploads.size).toBe(0)
})

test('pushes nothing again: one look at the tag, no POST, no PUT', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await simpleLayout('one')
  await pushTo(registry, layout)
  registry.requests.length = 0
  const summary = await pushTo(registry, layout)
  expect(registry.journal('HEAD', 'POST', 'PUT', 'DELETE')).toEqual(['HEAD manifests/v1'])
  expect(summary).toMatchObject({ pushedBlobs: 0, skippedBlobs: 2, pushedBytes: 0, manifests: 0 })
})

test('puts only the tag when the digest is there, and uploads nothing', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await simpleLayout('one')
  await pushTo(registry, layout)
  registry.requests.length = 0
  await pushTo(registry, layout, 'v2')
  expect(registry.journal('POST', 'PUT')).toEqual(['PUT manifests/v2'])
  expect(registry.tags.get('v2')).toBe(registry.tags.get('v1'))
})

test('pushes by digest when no tag was asked for, and sets no tag', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await simpleLayout('one')
  const client = testClient(registry.origin)
  const image = await layout.load()
  await pushImage(client, image, [])
  expect(registry.tags.size).toBe(0)
  expect(await planPush(client, image)).toEqual({ kind: 'present' })
})

test('pushes an index with its children before it, a layer used twice only once', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await emptyLayout()
  const shared = await layout.blob(layerType, 'shared')
  const own = await layout.blob(layerType, 'own')
  const children = [await layout.manifest([shared]), await layout.manifest([shared, own])]
  const inner = await layout.index(children)
  const root = await layout.index([inner, children[0] ?? inner])
  await layout.roots(root)
  const summary = await pushTo(registry, layout)
  expect(summary).toMatchObject({ pushedBlobs: 4, manifests: 4 })
  expect(registry.journal('PUT').filter((line) => line.includes('manifests'))).toEqual([
    ...[...children, inner].map((child) => `PUT manifests/${child.digest.slice(0, 19)}`),
    'PUT manifests/v1',
  ])
  expect(registry.journal('POST')).toHaveLength(4)
})

test('uploads only what the registry lacks', async () => {
  await using registry = await startFakeRegistry()
  await using first = await simpleLayout('base', 'app 1')
  await using second = await simpleLayout('base', 'app 2')
  await pushTo(registry, first)
  const summary = await pushTo(registry, second)
  expect(summary).toMatchObject({ pushedBlobs: 2, skippedBlobs: 1, skippedBytes: 4 })
  expect(registry.tags.get('v1')).toBe(summary.digest)
})

test('never sends a non-distributable layer, and counts it', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await emptyLayout()
  const foreign = { ...(await layout.blob(foreignType, 'licensed')), urls: ['https://example.com/layer'] }
  await layout.roots(await layout.manifest([foreign, await layout.blob(layerType, 'ours')]))
  expect(await pushTo(registry, layout)).toMatchObject({ pushedBlobs: 2, skippedForeign: 1 })
  expect(registry.blobs.has(foreign.digest)).toBe(false)
})

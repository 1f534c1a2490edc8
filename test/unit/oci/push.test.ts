import { expect, test } from 'vitest'
import { planPush } from '../../../steps/lib/oci/plan.ts'
import { push, type PushSummary } from '../../../steps/lib/oci/push.ts'
import { uploadBlob } from '../../../steps/lib/oci/blobs.ts'
import { refuse, startFakeRegistry, type FakeRegistry } from './fake-registry.ts'
import * as fixtures from './fixtures.ts'

const { emptyLayout, errorOf, layerType, simpleLayout, testAuthorizer, testClient, testPatience } = fixtures

async function pushTo(
  registry: FakeRegistry,
  layout: fixtures.TestLayout,
  tag: string | undefined = 'v1',
): Promise<PushSummary> {
  const client = testClient(registry.origin)
  const image = await layout.load()
  return await push({ client, image, tag }, await planPush(client, image, tag))
}

test('pushes a fresh image: blobs first, the tag last, bytes unchanged', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await simpleLayout('one', 'second layer')
  const image = await layout.load()
  const summary = await pushTo(registry, layout)
  expect(summary).toEqual({
    digest: image.root.descriptor.digest,
    pushedBlobs: 3,
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
  await push({ client, image }, await planPush(client, image))
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
  const foreign = { ...(await layout.blob(fixtures.foreignType, 'licensed')), urls: ['https://example.com/layer'] }
  await layout.roots(await layout.manifest([foreign, await layout.blob(layerType, 'ours')]))
  expect(await pushTo(registry, layout)).toMatchObject({ pushedBlobs: 2, skippedForeign: 1 })
  expect(registry.blobs.has(foreign.digest)).toBe(false)
})

test('uploads everything once more when the registry misses what it said to have', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await simpleLayout('one', 'two')
  const client = testClient(registry.origin)
  const image = await layout.load()
  const plan = { kind: 'tag-only' } as const
  expect(await push({ client, image, tag: 'v1' }, plan)).toMatchObject({ pushedBlobs: 3 })
  expect(registry.tags.get('v1')).toBe(image.root.descriptor.digest)
})

test('takes an immutable tag that holds this very image for success', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await simpleLayout('one')
  const summary = await pushTo(registry, layout)
  registry.intercept = (seen, request, response) => {
    if (seen.method !== 'PUT' || !seen.path.endsWith('manifests/v1')) return false
    request.resume()
    return refuse(response, 400, 'TAG_INVALID')
  }
  const client = testClient(registry.origin)
  const image = await layout.load()
  expect(await push({ client, image, tag: 'v1' }, { kind: 'tag-only' })).toMatchObject({ digest: summary.digest })
})

test('refuses an immutable tag that holds another image, and leaves it alone', async () => {
  await using registry = await startFakeRegistry()
  await using first = await simpleLayout('one')
  await using second = await simpleLayout('two')
  const { digest } = await pushTo(registry, first)
  registry.intercept = (seen, request, response) => {
    if (seen.method !== 'PUT' || !seen.path.endsWith('manifests/v1')) return false
    request.resume()
    return refuse(response, 400, 'TAG_INVALID')
  }
  const error = await errorOf(pushTo(registry, second))
  expect(error.code).toBe('REGISTRY_TAG_IMMUTABLE')
  expect(error.values).toMatchObject({ tag: 'v1', repository: 'team/app' })
  expect(registry.tags.get('v1')).toBe(digest)
})

test('pushes for an identity that may not look: a denied HEAD counts as absent', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await simpleLayout('one')
  registry.intercept = (seen, _, response) => seen.method === 'HEAD' && refuse(response, 403, 'DENIED')
  expect(await pushTo(registry, layout)).toMatchObject({ pushedBlobs: 2 })
  expect(registry.tags.size).toBe(1)
})

test('leaves no tag and sends no manifest when one blob fails; the other uploads are ended and given up', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await simpleLayout(...['a', 'b', 'c'].map((name) => Buffer.alloc(3_000_000, name)), 'small')
  const held: (() => void)[] = []
  registry.intercept = (seen, request, response) => {
    if (seen.method !== 'PUT') return false
    // Two uploads hang; when both do, the third is refused.
    if (held.length < 2) {
      held.push(() => request.destroy())
      return true
    }
    request.resume()
    return refuse(response, 403, 'DENIED')
  }
  const error = await errorOf(pushTo(registry, layout))
  expect(error.code).toBe('REGISTRY_DENIED')
  expect(registry.tags.size + registry.manifests.size).toBe(0)
  expect(registry.openUploads.size).toBe(0)
  expect(registry.journal('DELETE').length).toBe(registry.journal('POST').length)
})

test('stops at an abort: its reason surfaces, no tag is left, nothing new begins', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await simpleLayout(...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => Buffer.alloc(500_000, name)))
  const controller = new AbortController()
  registry.intercept = (seen) => {
    if (seen.method !== 'PUT') return false
    controller.abort('the user said stop')
    return true
  }
  const patience = testPatience(controller.signal)
  const client = testClient(registry.origin, { patience })
  const image = await layout.load()
  const pushing = push({ client, image, tag: 'v1' }, await planPush(client, image, 'v1'))
  await expect(pushing).rejects.toBe('the user said stop')
  expect(registry.journal('POST').length).toBeLessThanOrEqual(4)
  expect(registry.manifests.size).toBe(0)
  expect(registry.openUploads.size).toBe(0)
  expect(patience.waits).toEqual([])
})

test('renews the credential once for many 401s at the same time, and goes on', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await simpleLayout('one', 'two', 'three', 'four', 'five')
  registry.authorization = 'Basic fresh'
  const authorizer = testAuthorizer('Basic stale', 'Basic fresh')
  const client = testClient(registry.origin, { authorizer })
  const image = await layout.load()
  await push({ client, image, tag: 'v1' }, { kind: 'upload', blobs: image.blobs, present: [], children: [] })
  expect(authorizer.renewals).toBe(1)
  expect(registry.tags.size).toBe(1)
})

test('tells progress that ends at the exact size, with the bytes of a failed attempt taken back', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await simpleLayout(Buffer.alloc(2_000_000, 'x'))
  let broken = false
  registry.intercept = (seen, request) => {
    if (seen.method !== 'PUT' || broken) return false
    broken = true
    request.once('data', () => request.socket.resetAndDestroy())
    return true
  }
  const [, layer] = (await layout.load()).blobs
  if (layer === undefined) throw new Error('no layer')
  const steps: number[] = []
  const progress = { sent: (bytes: number) => steps.push(bytes), blobDone: () => undefined }
  const patience = testPatience()
  const { source } = await layout.load()
  await uploadBlob(testClient(registry.origin, { patience }), layer, source.openBlob(layer), progress)
  expect(patience.codes).toEqual(['NETWORK_INTERRUPTED'])
  expect(steps.some((bytes) => bytes < 0)).toBe(true)
  expect(steps.reduce((sum, bytes) => sum + bytes, 0)).toBe(2_000_000)
  expect(registry.blobs.has(layer.digest)).toBe(true)
})

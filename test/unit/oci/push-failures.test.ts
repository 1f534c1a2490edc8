import { expect, test } from 'vitest'
import { push } from '../../../steps/lib/oci/registry/push.ts'
import { uploadBlob } from '../../../steps/lib/oci/registry/blobs.ts'
import { refuse, startFakeRegistry } from './fake-registry.ts'
import { errorOf, pushImage, pushTo, simpleLayout, testAuthorizer, testClient, testPatience } from './fixtures.ts'

test('uploads everything once more when the registry misses what it said to have', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await simpleLayout('one', 'two')
  const client = testClient(registry.origin)
  const image = await layout.load()
  const plan = { kind: 'tag-only', tags: ['v1'] } as const
  expect(await push({ image, targets: [{ client, plan }] })).toMatchObject([{ pushedBlobs: 3 }])
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
  expect(await push({ image, targets: [{ client, plan: { kind: 'tag-only', tags: ['v1'] } }] })).toMatchObject([
    { digest: summary.digest },
  ])
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
  const pushing = pushImage(client, image, ['v1'])
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
  await push({
    image,
    targets: [{ client, plan: { kind: 'upload', tags: ['v1'], blobs: image.blobs, present: [], children: [] } }],
  })
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

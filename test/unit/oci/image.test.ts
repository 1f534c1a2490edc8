import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLayout } from '../../../steps/lib/oci/source/layout.ts'
import { startFakeRegistry } from './fake-registry.ts'
import {
  emptyLayout,
  errorOf,
  foreignType,
  indexType,
  layerType,
  manifestType,
  simpleLayout,
  testClient,
  type TestDescriptor,
  pushImage,
} from './fixtures.ts'

test('loads an image whole: children before parents, each digest once', async () => {
  await using layout = await emptyLayout()
  const shared = await layout.blob(layerType, 'shared')
  const children = [
    await layout.manifest([shared, shared]),
    await layout.manifest([shared], { annotations: { a: 'b' } }),
  ]
  const root = await layout.index(children)
  await layout.roots(root)
  const image = await layout.load()
  expect(image.root.descriptor).toEqual(root)
  expect(image.children.map((child) => child.descriptor.digest)).toEqual(children.map((child) => child.digest))
  expect(image.blobs).toHaveLength(3)
  expect(image.totalBytes).toBe(image.blobs.reduce((sum, blob) => sum + blob.size, 0))
})

test('takes one image under two names for one', async () => {
  await using layout = await emptyLayout()
  const manifest = await layout.manifest([])
  await layout.roots(named(manifest, 'v1'), named(manifest, 'latest'))
  expect((await layout.load()).root.descriptor.digest).toBe(manifest.digest)
})

test('takes Docker’s manifest types and a manifest that leaves its type to its descriptor', async () => {
  await using layout = await emptyLayout()
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json'
  const docker = { ...(await layout.manifest([], { mediaType })), mediaType }
  const untyped = await layout.manifest([], { mediaType: undefined })
  const list = 'application/vnd.docker.distribution.manifest.list.v2+json'
  const content = JSON.stringify({ schemaVersion: 2, mediaType: list, manifests: [docker, untyped] })
  await layout.roots(await layout.blob(list, content))
  expect((await layout.load()).children).toHaveLength(2)
})

test('takes an index for the one image when its parts, without a name, are listed beside it', async () => {
  await using layout = await emptyLayout()
  const parts = [await layout.manifest([]), await layout.manifest([await layout.blob(layerType, 'x')])]
  const index = await layout.index(parts)
  await layout.roots(named(index, 'v1'), ...parts)
  expect((await layout.load()).root.descriptor.digest).toBe(index.digest)
  const [first, ...others] = parts
  if (first === undefined) throw new Error('an index of two')
  await layout.roots(named(index, 'v1'), named(first, 'v1-amd64'), ...others)
  expect((await errorOf(layout.load())).values).toMatchObject({ count: '2' })
})

test('refuses a layout with two images and lists both with name and digest', async () => {
  await using layout = await emptyLayout()
  const one = await layout.manifest([])
  const two = await layout.manifest([await layout.blob(layerType, 'x')])
  await layout.roots(named(one, 'app:v1'), two)
  const error = await errorOf(layout.load())
  expect(error.code).toBe('LAYOUT_AMBIGUOUS')
  expect(error.values).toMatchObject({ count: '2', images: `app:v1 ${one.digest}, (no name) ${two.digest}` })
})

test.each([
  ['no such folder', (path: string) => join(path, 'absent')],
  ['a file', (path: string) => join(path, 'index.json')],
  ['a folder without oci-layout', (path: string) => join(path, 'blobs')],
])('refuses %s as LAYOUT_NOT_FOUND', async (_, path) => {
  await using layout = await simpleLayout()
  expect((await errorOf(openLayout(path(layout.path)))).code).toBe('LAYOUT_NOT_FOUND')
})

test('says that an empty path is none, and never takes the working folder for it', async () => {
  expect((await errorOf(openLayout(''))).values['reason']).toBe('no path was given')
})

test('pushes a layer that is non-distributable in one image and an ordinary layer in another', async () => {
  await using layout = await emptyLayout()
  const layer = await layout.blob(layerType, 'both')
  const foreign = { ...layer, mediaType: foreignType }
  await layout.roots(await layout.index([await layout.manifest([layer]), await layout.manifest([foreign])]))
  const image = await layout.load()
  expect(image.skipped).toEqual([])
  expect(image.blobs.map((blob) => blob.digest)).toContain(layer.digest)
})

test('lists all missing blobs and manifests at once, and sends nothing', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await emptyLayout()
  const layers = [
    await layout.blob(layerType, 'one'),
    await layout.blob(layerType, 'two'),
    await layout.blob(layerType, 'three'),
  ]
  const kept = await layout.manifest(layers)
  const gone = await layout.manifest([])
  await layout.roots(await layout.index([kept, gone]))
  const missing = [gone, ...layers.slice(1)]
  for (const blob of missing) await rm(layout.file(blob))
  // Wrong size beside it: the incomplete layout is what is complained about.
  await appendFile(layout.file(layers[0] ?? kept), 'x')
  const client = testClient(registry.origin)
  const pushing = layout.load().then(async (image) => pushImage(client, image, []))
  const error = await errorOf(pushing)
  expect(error.code).toBe('LAYOUT_BLOB_MISSING')
  expect(error.values['count']).toBe('3')
  for (const blob of missing) expect(error.values['digests']).toContain(blob.digest)
  expect(registry.requests).toEqual([])
})

test.each([
  ['no JSON', 'nonsense', 'the document is'],
  ['no object', '[]', 'the document is [], expected an object'],
  [
    'another schema version',
    '{"schemaVersion":1,"manifests":[{}]}',
    'manifests[0].digest is missing, expected a value',
  ],
  ['no image', '{"schemaVersion":2,"manifests":[]}', 'manifests is [], expected one image'],
  ['another media type', '{"mediaType":"text/plain","manifests":[]}', 'mediaType is "text/plain", expected'],
  ['a short digest', entry({ digest: 'sha256:abc' }), 'manifests[0].digest is "sha256:abc", expected sha256: and 64'],
  ['a path as digest', entry({ digest: 'sha256:../../../etc/passwd' }), 'manifests[0].digest is'],
  ['a negative size', entry({ size: -1 }), 'manifests[0].size is -1, expected a whole number from 0'],
  ['a broken size', entry({ size: 1.5 }), 'manifests[0].size is 1.5'],
  [
    'Docker’s schema 1',
    entry({ mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' }),
    'manifests[0].mediaType is',
  ],
  ['a name from the prototype', '{"manifests":[{"mediaType":"constructor"}]}', 'manifests[0].digest is missing'],
])('says what is wrong with an index.json that holds %s', async (_, text, reason) => {
  await using layout = await simpleLayout()
  await writeFile(join(layout.path, 'index.json'), text)
  const error = await errorOf(layout.load())
  expect(error.code).toBe('LAYOUT_INVALID')
  expect(error.values['file']).toBe('index.json')
  expect(error.values['reason']).toContain(reason)
})

test.each([
  ['of both kinds', { manifests: [] }, 'manifests is [], expected nothing in a'],
  ['of schema version 1', { schemaVersion: 1 }, 'schemaVersion is 1, expected 2'],
  ['that calls itself something else', { mediaType: indexType }, `expected ${manifestType}, as its descriptor says`],
  ['with layers that are no list', { layers: {} }, 'layers is {}, expected an array'],
  ['with a layer that is no descriptor', { layers: ['x'] }, 'layers[0] is "x", expected an object'],
])('refuses a manifest %s', async (_, more, reason) => {
  await using layout = await emptyLayout()
  await layout.roots(await layout.manifest([], more))
  const error = await errorOf(layout.load())
  expect(error.code).toBe('LAYOUT_INVALID')
  expect(error.values['reason']).toContain(reason)
})

test('refuses one digest in two sizes, indexes nested too deep, and a manifest of more than 4 MiB', async () => {
  await using layout = await emptyLayout()
  const layer = await layout.blob(layerType, 'layer')
  await layout.roots(await layout.manifest([layer, { ...layer, size: 4 }]))
  expect((await errorOf(layout.load())).values['reason']).toContain('in two sizes')
  let deep = await layout.manifest([layer])
  for (let level = 0; level < 4; level += 1) deep = await layout.index([deep])
  await layout.roots(deep)
  expect((await layout.load()).children).toHaveLength(4)
  await layout.roots(await layout.index([deep]))
  expect((await errorOf(layout.load())).values['reason']).toContain('nested deeper than 4')
  await layout.roots(await layout.manifest([], { annotations: { x: 'x'.repeat(4 * 1024 * 1024) } }))
  expect((await errorOf(layout.load())).values['reason']).toContain('larger than')
})

function named(descriptor: TestDescriptor, name: string): TestDescriptor {
  return { ...descriptor, annotations: { 'org.opencontainers.image.ref.name': name } }
}

function entry(more: object): string {
  return JSON.stringify({
    manifests: [{ mediaType: manifestType, digest: `sha256:${'0'.repeat(64)}`, size: 2, ...more }],
  })
}

import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { startFakeRegistry } from './fake-registry.ts'
import { emptyLayout, errorOf, indexType, layerType, manifestType, pushTo, type TestLayout } from './fixtures.ts'

const emptyType = 'application/vnd.oci.empty.v1+json'

async function artifact(layout: TestLayout, more: object): Promise<string> {
  const empty = await layout.blob(emptyType, '{}')
  const root = await layout.manifest([empty], { config: empty, ...more })
  await layout.roots(root)
  return root.digest
}

test('an artifact that is no image goes to the registry byte for byte', async () => {
  await using registry = await startFakeRegistry()
  await using layout = await emptyLayout()
  const digest = await artifact(layout, { artifactType: 'application/spdx+json', annotations: { made: 'here' } })
  const { root } = await layout.load()
  expect((await pushTo(registry, layout)).digest).toBe(digest)
  expect(registry.manifests.get(digest)).toBeDefined()
  expect(root).toMatchObject({ artifactType: 'application/spdx+json', annotations: { made: 'here' } })
})

test('a Helm chart’s type is that of its config', async () => {
  await using layout = await emptyLayout()
  const type = 'application/vnd.cncf.helm.config.v1+json'
  const config = await layout.blob(type, '{"name":"chart"}')
  await layout.roots(await layout.manifest([], { config }))
  const { root } = await layout.load()
  expect(root.artifactType).toBe(type)
  expect('subject' in root || 'annotations' in root).toBe(false)
})

test('a subject is told and need not be there', async () => {
  await using layout = await emptyLayout()
  const subject = await layout.manifest([])
  await rm(layout.file(subject))
  await artifact(layout, { artifactType: 'application/spdx+json', subject })
  const { root, blobs } = await layout.load()
  expect(root.subject).toEqual(subject)
  expect(blobs.map(({ mediaType }) => mediaType)).toEqual([emptyType])
})

test('an index tells its type and subject too, and has none of a config', async () => {
  await using layout = await emptyLayout()
  const subject = await layout.manifest([])
  const index = { schemaVersion: 2, mediaType: indexType, manifests: [], artifactType: 'a/b', subject }
  await layout.roots(await layout.blob(indexType, JSON.stringify(index)))
  expect((await layout.load()).root).toMatchObject({ artifactType: 'a/b', subject })
})

test.each([
  ['null', null],
  ['an empty list', []],
])('layers said by %s are none', async (_, layers) => {
  await using layout = await emptyLayout()
  await layout.roots(await layout.manifest([], { layers }))
  expect((await layout.load()).blobs).toHaveLength(1)
})

test.each<[string, object, string]>([
  ['annotations that are no texts', { annotations: { a: 1 } }, 'annotations.a is 1, expected a string'],
  ['annotations that are a list', { annotations: [] }, 'annotations is [], expected an object'],
  ['a subject that is no descriptor', { subject: 'x' }, 'subject is "x", expected an object'],
  [
    'a sha512 digest',
    descriptor({ digest: `sha512:${'0'.repeat(128)}` }),
    'expected a sha256 digest, because ECR and ACR',
  ],
  ['a size of 1e400', descriptor({ size: 'SIZE' }), 'is Infinity, expected a whole number from 0'],
])('refuses a manifest with %s', async (_, more, reason) => {
  await using layout = await emptyLayout()
  const config = await layout.blob(emptyType, '{}')
  const manifest = { schemaVersion: 2, mediaType: manifestType, config, layers: [], ...more }
  await layout.roots(await layout.blob(manifestType, JSON.stringify(manifest).replace('"SIZE"', '1e400')))
  const error = await errorOf(layout.load())
  expect(error.code).toBe('LAYOUT_INVALID')
  expect(error.values['reason']).toContain(reason)
})

test('refuses an index whose entry is no index as it says, and one that names a manifest in two sizes', async () => {
  await using layout = await emptyLayout()
  const image = await layout.manifest([await layout.blob(layerType, 'layer')])
  await layout.roots(await layout.index([{ ...image, mediaType: indexType }]))
  expect((await errorOf(layout.load())).code).toBe('LAYOUT_INVALID')
  await layout.roots(await layout.index([image, { ...image, size: image.size + 1 }]))
  expect((await errorOf(layout.load())).values['reason']).toContain('in two sizes')
})

function descriptor(more: object): object {
  return { layers: [{ mediaType: layerType, digest: `sha256:${'0'.repeat(64)}`, size: 1, ...more }] }
}

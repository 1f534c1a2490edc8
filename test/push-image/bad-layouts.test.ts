import { appendFile, rm, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import { tarOfLayout } from '../unit/oci/archive-fixtures.ts'
import { indexType, layerType } from '../unit/oci/fixtures.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { layoutParts, type Spoilt } from './layout-parts.ts'
import { digestOf, expectPushed, expectRefusedUnasked, pushArchive } from './source-workspace.ts'
import { expectEnd, expectNothingPushed, toldProse } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

const rows: readonly (readonly [...Spoilt, code: ErrorCode])[] = [
  [
    'a blob of another size',
    async ({ layout, layer }) => appendFile(layout.file(layer), '!'),
    ({ layer }) => [layer.digest, 'holds 10 bytes, the descriptor says 9'],
    'LAYOUT_BLOB_CHANGED',
  ],
  [
    'an empty blob that should not be',
    async ({ layout, layer }) => writeFile(layout.file(layer), ''),
    ({ layer }) => [layer.digest, 'holds 0 bytes, the descriptor says 9'],
    'LAYOUT_BLOB_CHANGED',
  ],
  [
    'a manifest of another size',
    async ({ layout, root }) => appendFile(layout.file(root), ' '),
    ({ root }) => [root.digest, `the descriptor says ${root.size}`],
    'LAYOUT_BLOB_CHANGED',
  ],
  [
    'a manifest of another digest',
    async ({ layout, root }) => writeFile(layout.file(root), Buffer.alloc(root.size, ' ')),
    ({ root }) => [root.digest, 'its bytes have the digest sha256:'],
    'LAYOUT_BLOB_CHANGED',
  ],
  [
    'an index that names itself',
    async ({ layout }) => {
      const own = { mediaType: indexType, digest: `sha256:${'a'.repeat(64)}`, size: 200 }
      const index = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [own] }).padEnd(200)
      await writeFile(layout.file(own), index)
      await layout.roots({ ...own, size: index.length })
    },
    () => [`sha256:${'a'.repeat(64)}`, 'its bytes have the digest sha256:'],
    'LAYOUT_BLOB_CHANGED',
  ],
  [
    'no blob that it names',
    async ({ layout, layer, root }) => {
      const [other, gone] = [await layout.blob(layerType, 'other'), await layout.manifest([])]
      await layout.roots(await layout.index([root, gone, await layout.manifest([layer, other])]))
      for (const blob of [layer, other, gone]) await rm(layout.file(blob))
    },
    ({ layer }) => [
      'lacks 3 of the blobs',
      layer.digest,
      digestOf(Buffer.from('other')),
      /(sha256:[0-9a-f]{64}(, )?){3}/,
    ],
    'LAYOUT_BLOB_MISSING',
  ],
  [
    'indexes nested too deep',
    async ({ layout, root }) => {
      let deep = root
      for (let level = 0; level < 5; level += 1) deep = await layout.index([deep])
      await layout.roots(deep)
    },
    () => [/blobs\/sha256\/[0-9a-f]{64} of the image/, 'nested deeper than 4'],
    'LAYOUT_INVALID',
  ],
]

test.each(rows)(
  'refuses a layout that holds %s, names the file, asks nobody and pushes nothing',
  async (_, spoil, says, code) => {
    const parts = await layoutParts()
    await using layout = parts.layout
    await spoil(parts)
    door.requests()
    const result = await door.push(acrImage, { source: layout.path })
    expectRefusedUnasked(door, result, { code, says: says(parts) })
    expectNothingPushed(door)
  },
)

test.each([
  ['ACR', acrImage, 'folder'],
  ['ECR', ecrImage, 'folder'],
  ['ACR', acrImage, 'archive'],
  ['ECR', ecrImage, 'archive'],
])('lets %s refuse a blob of the right size and wrong bytes, and tags nothing: %s', async (_, image, kind) => {
  const parts = await layoutParts()
  await using layout = parts.layout
  await writeFile(layout.file(parts.layer), 'the lawyr')
  const result =
    kind === 'folder'
      ? await door.push(image, { source: layout.path })
      : await pushArchive(door, await tarOfLayout(layout), { image })
  expectEnd(result, 'REGISTRY_DIGEST_REFUSED', 77)
  expect(toldProse(result.step.stderr, 'what')).toContain(parts.layer.digest)
  expectNothingPushed(door)
})

test('each layout above is pushed as long as nothing of it is spoilt', async () => {
  const { layout, root } = await layoutParts()
  await using disposed = layout
  const image = acrImage.replace('1.4.2', 'good')
  const result = await door.push(image, { source: disposed.path })
  expect(expectPushed(door, result, image).digest).toBe(root.digest)
})

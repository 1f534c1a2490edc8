import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tarOfLayout } from '../unit/oci/archive-fixtures.ts'
import { indexType, layerType, manifestType, type TestDescriptor } from '../unit/oci/fixtures.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { blobOf, layoutParts, type LayoutParts } from './layout-parts.ts'
import { digestOf, expectPushed, expectRefusedUnasked, pushArchive } from './source-workspace.ts'
import { expectNothingPushed } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

const code = 'LAYOUT_INVALID'

/** The folder and an archive of it must be refused alike. */
async function expectBothRefused({ layout }: LayoutParts, says: readonly (string | RegExp)[]): Promise<void> {
  door.requests()
  expectRefusedUnasked(door, await door.push(acrImage, { source: layout.path }), { code, says })
  expectRefusedUnasked(door, await pushArchive(door, await tarOfLayout(layout), { image: ecrImage }), { code, says })
  expectNothingPushed(door)
}

const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
const entry = (more: object) =>
  JSON.stringify({
    schemaVersion: 2,
    manifests: [{ mediaType: manifestType, digest: digestOf(Buffer.alloc(0)), size: 2, ...more }],
  })

test.each<[string, string | Buffer, string]>([
  ['no JSON', '{', 'expected JSON in UTF-8'],
  ['nothing', '', 'expected JSON in UTF-8'],
  ['JSON that is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'expected JSON in UTF-8'],
  ['JSON after a byte order mark', '\uFEFF{}', 'expected JSON in UTF-8'],
  ['5 MiB', Buffer.alloc(5 * 1024 * 1024, ' '), 'it is larger than 4194304 bytes'],
  ['a document 100 levels deep', nested(100), 'nested deeper than 64'],
  ['a list', '[]', 'the document is [], expected an object'],
  ['no image', '{"schemaVersion":2,"manifests":[]}', 'manifests is [], expected one image'],
  ['another media type', '{"mediaType":"text/plain","manifests":[]}', 'mediaType is "text/plain"'],
  ['a size of 1e400', entry({ size: 0 }).replace('"size":0', '"size":1e400'), 'manifests[0].size is Infinity'],
  ['a negative size', entry({ size: -1 }), 'manifests[0].size is -1, expected a whole number from 0'],
  ['a size of 2^60', entry({ size: 2 ** 60 }), 'manifests[0].size is 1152921504606847000'],
  ['a size of 1.5', entry({ size: 1.5 }), 'manifests[0].size is 1.5'],
  [
    'a path as digest',
    entry({ digest: 'sha256:../../../etc/passwd' }),
    'expected sha256: and 64 lower case hex digits',
  ],
  ['a digest in capitals', entry({ digest: `sha256:${'A'.repeat(64)}` }), 'manifests[0].digest is'],
  ['a sha512 digest', entry({ digest: `sha512:${'0'.repeat(128)}` }), 'because ECR and ACR know no other'],
  ['an unknown type', entry({ mediaType: 'application/vnd.example.v9+json' }), 'manifests[0].mediaType is'],
  [
    'schema 1',
    entry({ mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' }),
    'expected one of application/vnd.oci',
  ],
  [
    'an artifact manifest of 1.1-rc',
    entry({ mediaType: 'application/vnd.oci.artifact.manifest.v1+json' }),
    'expected one of application/vnd.oci',
  ],
])('refuses an index.json of %s, in a folder and in an archive; nobody is asked', async (_, text, reason) => {
  const parts = await layoutParts()
  await using layout = parts.layout
  await writeFile(join(layout.path, 'index.json'), text)
  await expectBothRefused(parts, ['index.json of the image is not what its specification says', reason])
})

test('refuses a manifest that says to be larger than 4 MiB', async () => {
  const parts = await layoutParts()
  await using layout = parts.layout
  await layout.roots({ ...parts.root, size: 5 * 1024 * 1024 })
  await expectBothRefused(parts, [`${blobOf(parts.root)} of the image`, 'it is larger than 4194304 bytes'])
})

const foreignHash = `sha512:${'0'.repeat(128)}`

test.each<[string, object, string]>([
  ['that is an index too', { manifests: [] }, 'manifests is [], expected nothing in a'],
  ['with layers of schema 1 too', { fsLayers: [] }, 'fsLayers is [], expected nothing in a'],
  ['of schema version 1', { schemaVersion: 1 }, 'schemaVersion is 1, expected 2'],
  ['that calls itself an index', { mediaType: indexType }, 'as its descriptor says'],
  ['without config', { config: null }, 'config is missing'],
  [
    'with a layer of sha512',
    { layers: [{ mediaType: layerType, digest: foreignHash, size: 1 }] },
    'layers[0].digest is',
  ],
  [
    'with a layer of -1 bytes',
    { layers: [{ mediaType: layerType, digest: digestOf(Buffer.alloc(0)), size: -1 }] },
    'layers[0].size is -1',
  ],
  ['with a subject that is none', { subject: 'sha256:0' }, 'subject is "sha256:0", expected an object'],
  ['nested 100 levels deep', { annotations: JSON.parse(nested(100)) }, 'nested deeper than 64'],
  ['above 4 MiB', { annotations: { big: 'x'.repeat(5 * 1024 * 1024) } }, 'it is larger than 4194304 bytes'],
])('refuses a manifest %s, in a folder and in an archive; nobody is asked', async (_, more, reason) => {
  const parts = await layoutParts()
  await using layout = parts.layout
  const root = await layout.manifest([parts.layer], more)
  await layout.roots(root)
  await expectBothRefused(parts, [`${blobOf(root)} of the image`, reason])
})

test('refuses one digest in two sizes, and an index whose entry is of another type than it says', async () => {
  const parts = await layoutParts()
  await using layout = parts.layout
  const twice = await layout.manifest([parts.layer, { ...parts.layer, size: 4 }])
  await layout.roots(twice)
  await expectBothRefused(parts, [`${blobOf(twice)} of the image`, `it names ${parts.layer.digest} in two sizes`])
  await layout.roots(await layout.index([{ ...parts.root, mediaType: indexType }]))
  await expectBothRefused(parts, [`${blobOf(parts.root)} of the image`, 'as its descriptor says'])
})

test.each(['oci-layout', 'index.json'])('says which file is missing when a layout has no %s', async (file) => {
  const { layout } = await layoutParts()
  await using disposed = layout
  await rename(join(disposed.path, file), join(disposed.path, 'other'))
  const says = ['There is no OCI image layout and no image archive at', `it has no file ${file}`]
  door.requests()
  const [folder, archive] = [
    await door.push(acrImage, { source: disposed.path }),
    await pushArchive(door, await tarOfLayout(disposed)),
  ]
  for (const result of [folder, archive]) expectRefusedUnasked(door, result, { code: 'LAYOUT_NOT_FOUND', says })
})

test('refuses a layout of another version', async () => {
  const parts = await layoutParts()
  await using layout = parts.layout
  await writeFile(join(layout.path, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}')
  await expectBothRefused(parts, ['oci-layout of the image', 'imageLayoutVersion is "2.0.0", expected "1.0.0"'])
})

test('takes a layer of a type that nobody knows, and Docker’s own types', async () => {
  const { layout } = await layoutParts()
  await using disposed = layout
  const layer = await disposed.blob('application/vnd.example.v9+json', 'anything')
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json'
  const root: TestDescriptor = { ...(await disposed.manifest([layer], { mediaType })), mediaType }
  await disposed.roots(root)
  const image = acrImage.replace('1.4.2', 'docker-types')
  expect(expectPushed(door, await door.push(image, { source: disposed.path }), image).digest).toBe(root.digest)
})

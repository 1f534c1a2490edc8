import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import { dockerFiles, type DockerArchiveParts } from '../unit/oci/archive-fixtures.ts'
import { foreignType, layerType } from '../unit/oci/fixtures.ts'
import { tarOf, tarOfFiles } from '../unit/oci/tar-fixtures.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { archiveName, digestOf, expectPushed, expectRefusedUnasked, pushArchive } from './source-workspace.ts'
import { expectNothingPushed, only } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

const [first, second] = [Buffer.alloc(3000, 'first'), Buffer.from('second')]
const mismatch = 'LAYOUT_LAYER_MISMATCH'
const invalid = 'LAYOUT_INVALID'
const layerOf = (bytes: Buffer) => `${digestOf(bytes).slice(7)}/layer.tar`

test.each<[what: string, parts: DockerArchiveParts, code: ErrorCode, says: string[]]>([
  [
    'a layer of another digest',
    { layers: [first], plain: [second] },
    mismatch,
    [layerOf(first), `have the digest ${digestOf(first)}, not ${digestOf(second)}`],
  ],
  [
    'a gzip layer of another digest',
    { layers: [gzipSync(first)], plain: [second] },
    mismatch,
    [layerOf(gzipSync(first)), 'its uncompressed bytes have the digest'],
  ],
  [
    'a gzip layer that is cut off',
    { layers: [gzipSync(first).subarray(0, -9)], plain: [first] },
    mismatch,
    ['layer.tar in the archive', 'cut off'],
  ],
  [
    'more layers than digests',
    { layers: [first, second], plain: [first] },
    mismatch,
    ['the config names 1 layers, manifest.json 2'],
  ],
  [
    'fewer layers than digests',
    { layers: [first], plain: [first, second] },
    mismatch,
    ['the config names 2 layers, manifest.json 1'],
  ],
  [
    'layers that are not there',
    { layers: [first, second], entry: { Layers: ['gone.tar', 'lost.tar'] } },
    'LAYOUT_BLOB_MISSING',
    ['lacks 2 of the blobs', 'gone.tar, lost.tar'],
  ],
  [
    'a layer whose name climbs',
    { layers: [first], entry: { Layers: ['../x'] } },
    'LAYOUT_LINK_OUTSIDE',
    ['"../x"', 'leads out'],
  ],
  ['an absolute config', { layers: [], entry: { Config: '/etc/passwd' } }, 'LAYOUT_LINK_OUTSIDE', ['"/etc/passwd"']],
  [
    'a config that is not there',
    { layers: [], entry: { Config: 'gone' } },
    invalid,
    ['manifest.json', 'lacks the config gone'],
  ],
  [
    'a config that is no JSON',
    { layers: [first], entry: { Config: layerOf(first) } },
    invalid,
    [layerOf(first), 'expected JSON'],
  ],
  ['no config', { layers: [], entry: { Config: null } }, invalid, ['manifest.json', '[0].Config is missing']],
  ['a config without rootfs', { layers: [], config: { rootfs: null } }, invalid, ['rootfs is missing']],
  [
    'a digest of sha512 in its config',
    { layers: [first], config: { rootfs: { diff_ids: [`sha512:${'0'.repeat(128)}`] } } },
    invalid,
    ['rootfs.diff_ids[0] is "sha512:', 'expected sha256: and 64 lower case hex digits'],
  ],
  [
    'a layer that may not be distributed',
    { layers: [], entry: { LayerSources: { a: { mediaType: foreignType } } } },
    invalid,
    ['manifest.json', 'others can only be named by an OCI archive'],
  ],
])('refuses a docker archive with %s, names it, asks nobody and pushes nothing', async (_, parts, code, says) => {
  const archive = tarOfFiles(dockerFiles(parts))
  for (const [bytes, image] of [
    [archive, acrImage],
    [gzipSync(archive), ecrImage],
  ] as const) {
    door.requests()
    expectRefusedUnasked(door, await pushArchive(door, bytes, { image }), { code, says })
  }
  expectNothingPushed(door)
})

test('shows a few of many missing layers, in few words, and how many they are', async () => {
  const names = Array.from({ length: 5000 }, (_, index) => `gone-${index}`)
  const config = { rootfs: { type: 'layers', diff_ids: names.map(() => digestOf(first)) } }
  door.requests()
  const result = await pushArchive(door, tarOfFiles(dockerFiles({ layers: [], entry: { Layers: names }, config })))
  expectRefusedUnasked(door, result, {
    code: 'LAYOUT_BLOB_MISSING',
    says: ['lacks 5000 of the blobs', 'gone-0, gone-1'],
  })
  expect(result.step.stderr.length).toBeLessThan(10_000)
})

test('shows names that were made to deceive without their control characters, each under its own word', async () => {
  const tags = ['\u001b[2Jevil\u202e', 'evil\nerror    INTERNAL   push-image']
  door.requests()
  const archive = tarOfFiles(dockerFiles({ layers: [first], tags }, { layers: [second], tags: ['x'.repeat(100_000)] }))
  const result = await pushArchive(door, archive)
  expectRefusedUnasked(door, result, { code: 'LAYOUT_AMBIGUOUS', says: ['There are 2 images', '·[2Jevil·'] })
  expect(result.step.stderr.length).toBeLessThan(10_000)
})

test.each([
  ['that has only repositories', { repositories: '{}' }],
  [
    'that has only layers of version 1.0',
    { [`${'a'.repeat(64)}/VERSION`]: '1.0', [`${'a'.repeat(64)}/layer.tar`]: first },
  ],
])('refuses the form before Docker 1.10 by its name: one %s', async (_, files) => {
  door.requests()
  const result = await pushArchive(door, tarOfFiles(files))
  const says = [archiveName, 'the form that docker save had before Docker 1.10', 'no manifest.json']
  expectRefusedUnasked(door, result, { code: 'LAYOUT_ARCHIVE_LEGACY', says })
})

test.each([
  ['no list', '{}', 'the document is {}, expected an array'],
  ['an empty list', '[]', 'expected 1 to 1000 images'],
  ['1001 images', JSON.stringify(Array.from({ length: 1001 }, () => ({}))), 'expected 1 to 1000 images'],
  ['5 MiB', Buffer.alloc(5 * 1024 * 1024, ' '), 'it is larger than 4194304 bytes'],
])('refuses a manifest.json of %s', async (_, text, reason) => {
  door.requests()
  const result = await pushArchive(door, tarOfFiles({ 'manifest.json': text }))
  expectRefusedUnasked(door, result, { code: invalid, says: ['manifest.json of the image', reason] })
})

test('sends a layer once that an archive holds three times, also by a link', async () => {
  const layer = Buffer.from('three times')
  const name = layerOf(layer)
  const entry = { Layers: [name, 'linked/layer.tar', name] }
  const files = dockerFiles({ layers: [layer], plain: [layer, layer, layer], entry })
  const parts = Object.entries(files).map(([file, content]) => ({ name: file, content }))
  door.requests()
  const image = acrImage.replace('1.4.2', 'thrice')
  const result = await pushArchive(door, tarOf(...parts, { name: 'linked/layer.tar', type: '2', link: `../${name}` }), {
    image,
  })
  const { manifest } = expectPushed(door, result, image)
  expect([manifest.layers.length, new Set(manifest.layers.map(({ digest }) => digest)).size]).toEqual([3, 1])
  // The layer and the config.
  expect(only(door.requests(), /^acr PUT \S*\/blobs\/uploads\//)).toHaveLength(2)
})

test('sends an empty layer, and an image without layers', async () => {
  const image = ecrImage.replace('1.4.2', 'empty')
  const empty = await pushArchive(door, tarOfFiles(dockerFiles({ layers: [Buffer.alloc(0)] })), { image })
  const held = expectPushed(door, empty, image)
  expect(held.manifest.layers.map(({ mediaType }) => mediaType)).toEqual([`${layerType}+gzip`])
  expect(gunzipSync(await held.blob(held.manifest.layers[0] ?? held.manifest.config))).toHaveLength(0)
  const none = await pushArchive(door, tarOfFiles(dockerFiles({ layers: [] })), { image })
  expect(expectPushed(door, none, image).manifest.layers).toEqual([])
})

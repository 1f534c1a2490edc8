import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { digestOf } from './digest.ts'
import {
  describeBytes,
  errorOf,
  imageManifest,
  INDEX_TYPE,
  MANIFEST_TYPE,
  pushBlob,
  pushImage,
  putManifest,
} from './sample-image.ts'
import { HOST, useRegistry } from './sample-registry.ts'
import { repositoryState } from './state.ts'

const DOCKER_TYPE = 'application/vnd.docker.distribution.manifest.v2+json'
const registry = useRegistry('app')

const get = (reference: string, headers = {}) =>
  registry.server().ask('GET', `/v2/app/manifests/${reference}`, { headers })

const image = imageManifest('{}', ['layer'])

const stored = () => repositoryState(registry.world(), HOST, 'app')

test('keeps the exact bytes and serves them by tag and by digest', async () => {
  await pushBlob(registry.target(), '{}')
  await pushBlob(registry.target(), 'layer')
  const spaced = ` ${image}\n`
  const put = await putManifest(registry.target(), 'v1', spaced)
  expect([put.status, put.headers['docker-content-digest']]).toEqual([201, digestOf(spaced)])
  for (const reference of ['v1', digestOf(spaced), encodeURIComponent(digestOf(spaced))]) {
    const got = await get(reference, { Accept: MANIFEST_TYPE })
    expect([got.status, got.text, got.headers['content-type']]).toEqual([200, spaced, MANIFEST_TYPE])
    expect(got.headers['docker-content-digest']).toBe(digestOf(spaced))
  }
  expect(stored().manifest('v1')?.bytes.toString()).toBe(spaced)
})

test('HEAD tells length, type and digest and sends no body', async () => {
  await pushImage(registry.target(), 'v1')
  const head = await registry.server().ask('HEAD', '/v2/app/manifests/v1')
  expect([head.status, head.headers['content-length'], head.bytes.byteLength]).toEqual([200, String(image.length), 0])
  expect([head.headers['content-type'], head.headers['docker-content-digest']]).toEqual([
    MANIFEST_TYPE,
    digestOf(image),
  ])
})

test('does not hand out a type that the client does not accept', async () => {
  await pushImage(registry.target(), 'v1')
  expect((await get('v1', { Accept: `${DOCKER_TYPE}, ${INDEX_TYPE}` })).status).toBe(404)
  for (const accept of ['*/*', `${DOCKER_TYPE}, ${MANIFEST_TYPE};q=0.5`, 'application/*']) {
    expect((await get('v1', { Accept: accept })).status).toBe(200)
  }
})

test('refuses an image whose layer is missing and tags nothing', async () => {
  await pushBlob(registry.target(), '{}')
  const put = await putManifest(registry.target(), 'v1', image)
  expect([put.status, errorOf(put)]).toMatchObject([
    400,
    { code: 'MANIFEST_BLOB_UNKNOWN', detail: { digest: digestOf('layer') } },
  ])
  expect([stored().tags(), stored().manifest(digestOf(image))]).toEqual([[], undefined])
})

test('a blob of another repository does not count', async () => {
  await pushBlob({ ...registry.target(), repository: 'other' }, 'layer')
  await pushBlob(registry.target(), '{}')
  expect((await putManifest(registry.target(), 'v1', image)).status).toBe(400)
})

test('refuses a descriptor with a wrong size', async () => {
  await pushImage(registry.target(), 'v0')
  const put = await putManifest(registry.target(), 'v1', image.replace('"size":5', '"size":6'))
  expect([put.status, errorOf(put).code]).toEqual([400, 'MANIFEST_INVALID'])
})

test('takes an index once its manifests are there', async () => {
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: INDEX_TYPE,
    manifests: [describeBytes(MANIFEST_TYPE, image)],
  })
  const early = await putManifest(registry.target(), 'v1', index, INDEX_TYPE)
  expect([early.status, errorOf(early).code]).toEqual([400, 'MANIFEST_BLOB_UNKNOWN'])
  await pushImage(registry.target(), 'v1-amd64')
  expect((await putManifest(registry.target(), 'v1', index, INDEX_TYPE)).status).toBe(201)
  expect((await get('v1')).headers['content-type']).toBe(INDEX_TYPE)
})

test('a layer that lives elsewhere need not be there', async () => {
  await pushBlob(registry.target(), '{}')
  const foreign = {
    ...describeBytes('application/vnd.oci.image.layer.nondistributable.v1.tar', 'far'),
    urls: ['https://x.example/'],
  }
  expect((await putManifest(registry.target(), 'v1', imageManifest('{}', [], { layers: [foreign] }))).status).toBe(201)
})

test('refuses bytes that do not match the digest in the path', async () => {
  await pushImage(registry.target(), 'v1')
  const put = await putManifest(registry.target(), digestOf('other'), image)
  expect([put.status, errorOf(put).code]).toEqual([400, 'DIGEST_INVALID'])
})

test('takes a manifest by digest, sha512 too, with tags beside it', async () => {
  await pushImage(registry.target(), 'v0')
  const sha512 = digestOf(image, 'sha512')
  const put = await putManifest(registry.target(), `${sha512}?tag=v1&tag=v2`, image)
  expect([put.status, put.headers['docker-content-digest'], put.headers['oci-tag']]).toEqual([201, sha512, 'v1, v2'])
  expect(stored().tags()).toEqual(['v0', 'v1', 'v2'])
})

const document = (change: object): string => imageManifest('{}', ['layer'], change)

test.each([
  ['no JSON', MANIFEST_TYPE, '{'],
  ['a list', MANIFEST_TYPE, '[]'],
  ['schema version 1', MANIFEST_TYPE, document({ schemaVersion: 1 })],
  ['a mediaType that differs from the Content-Type', MANIFEST_TYPE, document({ mediaType: DOCKER_TYPE })],
  ['a Docker manifest without mediaType', DOCKER_TYPE, document({ mediaType: undefined })],
  ['an unknown type', 'application/json', document({})],
  ['image and index in one', MANIFEST_TYPE, document({ manifests: [] })],
  ['an image without config', MANIFEST_TYPE, document({ config: undefined })],
  ['an image without layers', MANIFEST_TYPE, document({ layers: undefined })],
  ['a descriptor without size', MANIFEST_TYPE, document({ config: { mediaType: 'a/b', digest: digestOf('{}') } })],
])('refuses %s as MANIFEST_INVALID', async (_what, type, body) => {
  await pushImage(registry.target(), 'v0')
  const put = await putManifest(registry.target(), 'v1', body, type)
  expect([put.status, errorOf(put).code]).toEqual([400, 'MANIFEST_INVALID'])
  expect(stored().tags()).toEqual(['v0'])
})

test('ignores parameters of the Content-Type', async () => {
  await pushImage(registry.target(), 'v0')
  expect((await putManifest(registry.target(), 'v1', image, `${MANIFEST_TYPE}; charset=utf-8`)).status).toBe(201)
  expect((await get('v1')).headers['content-type']).toBe(MANIFEST_TYPE)
})

test('takes a manifest of 4 MiB and refuses a longer one with 413', async () => {
  await pushImage(registry.target(), 'v0')
  const limit = 4 * 1024 * 1024
  expect((await putManifest(registry.target(), 'v1', image.padEnd(limit))).status).toBe(201)
  expect((await putManifest(registry.target(), 'v2', image.padEnd(limit + 1))).status).toBe(413)
  // Without a Content-Length too.
  const body = Readable.from([Buffer.from(image.padEnd(limit)), Buffer.from(' ')])
  const streamed = { body, headers: { 'Content-Type': MANIFEST_TYPE } }
  expect((await registry.server().ask('PUT', '/v2/app/manifests/v2', streamed)).status).toBe(413)
  expect(stored().tags()).toEqual(['v0', 'v1'])
})

test('refuses a reference that is neither tag nor digest', async () => {
  await pushImage(registry.target(), 'v0')
  expect((await putManifest(registry.target(), '-v1', image)).status).toBe(400)
  expect((await putManifest(registry.target(), 'a'.repeat(129), image)).status).toBe(400)
  expect((await get('-v1')).status).toBe(404)
})

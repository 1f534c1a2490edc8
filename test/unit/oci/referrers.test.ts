import { expect, test } from 'vitest'
import { digestOf } from '../../../steps/lib/oci/digest.ts'
import { keepReferrer, referrersTag } from '../../../steps/lib/oci/registry/referrers.ts'
import { answer, refuse, startFakeRegistry } from './fake-registry.ts'
import { errorOf, indexType, manifestType, testClient } from './fixtures.ts'
import {
  afterWrites,
  deepList,
  entryOf,
  list,
  listIn,
  onReferrers,
  referrer,
  startWith,
  storeList,
  subject,
  tag,
} from './referrer-fixtures.ts'

const api = `GET referrers/${subject.digest.slice(0, 19)}`
const signature = referrer('signature', { artifactType: 'application/vnd.example.sig', annotations: { by: 'ci' } })

test('enters a referrer under the tag of its subject when the registry has no referrers API', async () => {
  await using registry = await startWith(signature)
  expect(await keepReferrer(testClient(registry.origin), signature)).toBe('tag')
  expect(listIn(registry)).toEqual({
    schemaVersion: 2,
    mediaType: indexType,
    manifests: [{ ...signature.descriptor, artifactType: 'application/vnd.example.sig', annotations: { by: 'ci' } }],
  })
  expect(registry.journal('GET', 'PUT')).toEqual([
    api,
    `GET manifests/${tag}`,
    `PUT manifests/${tag}`,
    `GET manifests/${tag}`,
  ])
})

test('keeps what others have written, members that we do not know among it, and adds behind it', async () => {
  const others = [
    {
      mediaType: manifestType,
      digest: digestOf(Buffer.from('sbom')),
      size: 4,
      platform: { os: 'x' },
      data: 'c2JvbQ==',
    },
    { mediaType: indexType, digest: digestOf(Buffer.from('index')), size: 5, urls: ['https://a.example/'] },
  ]
  await using registry = await startWith(signature)
  const theirs = { schemaVersion: 2, mediaType: indexType, manifests: others, annotations: { of: 'them' }, future: [1] }
  storeList(registry, theirs)
  await keepReferrer(testClient(registry.origin), signature)
  const { manifests, ...rest } = listIn(registry)
  expect(manifests.slice(0, 2)).toEqual(others)
  expect(manifests.map((entry) => entry.digest).slice(2)).toEqual([signature.descriptor.digest])
  expect(rest).toEqual({ schemaVersion: 2, mediaType: indexType, annotations: { of: 'them' }, future: [1] })
})

test('writes nothing when it stands there already', async () => {
  await using registry = await startWith(signature)
  await keepReferrer(testClient(registry.origin), signature)
  const before = listIn(registry)
  await keepReferrer(testClient(registry.origin), signature)
  expect(registry.journal('PUT')).toHaveLength(1)
  expect(listIn(registry)).toEqual(before)
})

test('begins a list anew where Go wrote "manifests": null', async () => {
  await using registry = await startWith(signature)
  storeList(registry, { schemaVersion: 2, mediaType: indexType, manifests: null })
  await keepReferrer(testClient(registry.origin), signature)
  expect(listIn(registry).manifests).toHaveLength(1)
})

test('leaves it to the registry where that has the API, and never touches the tag', async () => {
  await using registry = await startWith(signature)
  registry.intercept = onReferrers((response) =>
    answer(response, 200, { 'content-type': `${indexType}; charset=utf-8` }),
  )
  expect(await keepReferrer(testClient(registry.origin), signature)).toBe('api')
  expect(registry.journal('GET', 'PUT')).toEqual([api])
})

test('asks nothing for a manifest without subject', async () => {
  await using registry = await startFakeRegistry()
  const { subject: _, ...plain } = signature
  await keepReferrer(testClient(registry.origin), plain)
  expect(registry.requests).toEqual([])
})

test.each([
  [404, 'text/plain'],
  [404, 'application/json'],
  [400, 'application/json'],
  [405, 'text/html'],
  [406, 'text/html'],
  [200, 'text/html'],
])('takes HTTP %i with %s for a registry without the API', async (status, type) => {
  await using registry = await startWith(signature)
  registry.intercept = onReferrers((response) => answer(response, status, { 'content-type': type }))
  expect(await keepReferrer(testClient(registry.origin), signature)).toBe('tag')
  expect(listIn(registry).manifests).toHaveLength(1)
})

test.each([
  [403, 'DENIED', 'REGISTRY_DENIED'],
  [503, 'UNAVAILABLE', 'REGISTRY_UNAVAILABLE'],
  [429, 'TOOMANYREQUESTS', 'REGISTRY_THROTTLED'],
])('writes no tag when it cannot know (HTTP %i)', async (status, code, expected) => {
  await using registry = await startWith(signature)
  registry.intercept = onReferrers((response) => refuse(response, status, code))
  expect((await errorOf(keepReferrer(testClient(registry.origin), signature))).code).toBe(expected)
  expect(registry.journal('PUT')).toEqual([])
  expect(registry.tags.size).toBe(0)
})

test('writes again when another client has written over its entry, and keeps that client’s entry too', async () => {
  await using registry = await startWith(signature)
  const sbom = entryOf('sbom')
  // Who read the list before our write has put it without our entry.
  afterWrites(registry, 2, () => storeList(registry, { schemaVersion: 2, mediaType: indexType, manifests: [sbom] }))
  expect(await keepReferrer(testClient(registry.origin), signature)).toBe('tag')
  expect(listIn(registry).manifests.map((entry) => entry.digest)).toEqual([sbom.digest, signature.descriptor.digest])
  expect(registry.journal('PUT')).toHaveLength(3)
})

test('gives up after five writes, and does not say that it is entered', async () => {
  await using registry = await startWith(signature)
  afterWrites(registry, 100, () => storeList(registry, { schemaVersion: 2, mediaType: indexType, manifests: [] }))
  const error = await errorOf(keepReferrer(testClient(registry.origin), signature))
  expect(error).toMatchObject({ code: 'REGISTRY_REFERRERS_CONTENDED', values: { tag } })
  expect(registry.journal('PUT')).toHaveLength(5)
})

test('six of them, one after the other, are all there in the end', async () => {
  const all = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => referrer(name, {}))
  await using registry = await startWith(...all)
  for (const one of all) await keepReferrer(testClient(registry.origin), one)
  expect(new Set(listIn(registry).manifests.map((entry) => entry.digest))).toEqual(
    new Set(all.map((one) => one.descriptor.digest)),
  )
})

test.each<[what: string, stored: () => { mediaType: string; bytes: Buffer }, reason: RegExp]>([
  ['an image', () => ({ mediaType: manifestType, bytes: Buffer.from('{}') }), /it is a \S+image\.manifest/],
  ['text', () => ({ mediaType: indexType, bytes: Buffer.from('hello') }), /the document is/],
  ['a list that is none', () => list({ manifests: 'x' }), /manifests is "x"/],
  ['entries that are none', () => list({ manifests: [1] }), /an entry of it is no descriptor/],
  ['a list of endless depth', () => deepList(100_000), /nested deeper than 64/],
  [
    'a list that is full',
    () => list({ manifests: [{ data: 'x'.repeat(4 * 1024 * 1024 - 200) }] }),
    /larger than 4194304/,
  ],
])('refuses a tag that holds %s, and does not change it', async (_what, stored, reason) => {
  await using registry = await startWith(signature)
  const bytes = stored()
  const digest = digestOf(bytes.bytes)
  registry.manifests.set(digest, bytes)
  registry.tags.set(tag, digest)
  const error = await errorOf(keepReferrer(testClient(registry.origin), signature))
  expect(error.code).toBe('REGISTRY_REFERRERS_INVALID')
  expect(error.values['reason']).toMatch(reason)
  expect(registry.journal('PUT')).toEqual([])
  expect(registry.tags.get(tag)).toBe(digest)
})

test.each([
  [subject.digest, subject.digest.replace(':', '-')],
  [`sha512:${'ab'.repeat(64)}`, `sha512-${'ab'.repeat(32)}`],
] as const)('the tag of %s is allowed as a tag', (digest, expected) => {
  expect(referrersTag(digest)).toBe(expected)
  expect(referrersTag(digest)).toMatch(/^\w[\w.-]{0,127}$/)
})

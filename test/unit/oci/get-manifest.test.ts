import { expect, test } from 'vitest'
import { digestOf } from '../../../steps/lib/oci/digest.ts'
import { getManifest } from '../../../steps/lib/oci/registry/manifests.ts'
import { answer, refuse, startFakeRegistry, type FakeRegistry } from './fake-registry.ts'
import { errorOf, indexType, manifestType, testClient } from './fixtures.ts'

const bytes = Buffer.from('{"schemaVersion": 2,  "odd": "spaces stay"}')
const digest = digestOf(bytes)
const other = digestOf(Buffer.from('other'))

test.each(['v1', digest])('reads a manifest by %s, byte for byte', async (reference) => {
  await using registry = await startFakeRegistry()
  registry.manifests.set(digest, { mediaType: indexType, bytes })
  registry.tags.set('v1', digest)
  const manifest = await getManifest(testClient(registry.origin), reference)
  expect(manifest).toEqual({ descriptor: { mediaType: indexType, digest, size: bytes.length }, bytes })
})

test('says that there is none, and asks once', async () => {
  await using registry = await startFakeRegistry()
  expect(await getManifest(testClient(registry.origin), 'v1')).toBeUndefined()
  expect(registry.journal('GET')).toEqual(['GET manifests/v1'])
})

test.each<[what: string, reference: string, headers: Record<string, string>, body: Buffer, reason: string]>([
  ['than the registry says', 'v1', { 'docker-content-digest': other }, bytes, `not ${other} as the registry says`],
  ['than was asked for', other, {}, bytes, `it has the digest ${digest}`],
  ['than was asked for, and says that one', other, { 'docker-content-digest': other }, bytes, `not ${other}`],
])('does not use a manifest with another digest %s', async (_what, reference, headers, body, reason) => {
  await using registry = await startFakeRegistry()
  giving(registry, { 'content-type': manifestType, ...headers }, body)
  const error = await errorOf(getManifest(testClient(registry.origin), reference))
  expect(error.code).toBe('REGISTRY_ANSWER_INVALID')
  expect(error.values['reason']).toContain(reason)
})

test.each<[what: string, headers: Record<string, string>, body: Buffer, reason: string]>([
  ['more than 4 MiB', { 'content-type': manifestType }, Buffer.alloc(4 * 1024 * 1024 + 1, ' '), 'larger than 4194304'],
  ['no media type', {}, bytes, 'no media type'],
])('does not use an answer with %s', async (_what, headers, body, reason) => {
  await using registry = await startFakeRegistry()
  giving(registry, headers, body)
  const error = await errorOf(getManifest(testClient(registry.origin), 'v1'))
  expect(error.code).toBe('REGISTRY_ANSWER_INVALID')
  expect(error.values['reason']).toContain(reason)
})

test('follows no redirect and says so', async () => {
  await using elsewhere = await startFakeRegistry()
  await using registry = await startFakeRegistry()
  registry.intercept = (_, __, response) => answer(response, 307, { location: elsewhere.origin.href })
  expect((await errorOf(getManifest(testClient(registry.origin), 'v1'))).values['reason']).toBe('HTTP 307')
  expect(elsewhere.requests).toEqual([])
})

test('is refused by the registry’s own words', async () => {
  await using registry = await startFakeRegistry()
  registry.intercept = (_, __, response) => refuse(response, 403, 'DENIED')
  const error = await errorOf(getManifest(testClient(registry.origin), 'v1'))
  expect(error).toMatchObject({
    code: 'REGISTRY_DENIED',
    values: { operation: 'the reading of a manifest', tag: 'v1' },
  })
})

function giving(registry: FakeRegistry, headers: Record<string, string>, body: Buffer): void {
  registry.intercept = (_, __, response) => {
    response.writeHead(200, headers).end(body)
    return true
  }
}

import { expect, test } from 'vitest'
import { headBlob, probePush } from '../../../steps/lib/oci/registry/blobs.ts'
import { headManifest } from '../../../steps/lib/oci/registry/manifests.ts'
import { answer, startFakeRegistry } from './fake-registry.ts'
import { blob, errorOf, testClient } from './fixtures.ts'

test('follows the redirect of a HEAD once, without the credential', async () => {
  await using storage = await startFakeRegistry()
  await using registry = await startFakeRegistry()
  storage.intercept = (_, __, response) => answer(response, 200)
  registry.intercept = (_, __, response) => answer(response, 307, { location: `${storage.origin.href}signed?x=1` })
  expect(await headBlob(testClient(registry.origin), blob.digest)).toBe(true)
  expect(storage.requests).toEqual([{ method: 'HEAD', path: '/signed?x=1', authorization: undefined }])
})

test.each([
  ['says 403', (host: string) => `http://${host}/signed`],
  ['redirects on', (host: string) => `http://${host}/again`],
  ['cannot be reached', () => 'http://127.0.0.1:9/'],
  ['is no web address', () => 'ftp://127.0.0.1/'],
])('counts a blob as absent when its redirect %s', async (_, target) => {
  await using storage = await startFakeRegistry()
  await using registry = await startFakeRegistry()
  storage.intercept = (seen, __, response) => {
    return answer(response, seen.path === '/again' ? 302 : 403, { location: '/signed' })
  }
  registry.intercept = (___, ____, response) => answer(response, 307, { location: target(storage.origin.host) })
  expect(await headBlob(testClient(registry.origin), blob.digest)).toBe(false)
  expect(storage.requests.length).toBeLessThanOrEqual(1)
})

test('says what is wrong with a HEAD although its answer has no body', async () => {
  await using registry = await startFakeRegistry()
  registry.intercept = (_, __, response) => answer(response, 400)
  const error = await errorOf(headManifest(testClient(registry.origin), 'v1'))
  expect(error.code).toBe('REGISTRY_REFUSED')
  expect(error.message).toContain('HTTP 400')
  expect(error.upstream?.message).toBeUndefined()
})

test('probes a push with one upload that it gives up, and changes nothing', async () => {
  await using registry = await startFakeRegistry()
  await probePush(testClient(registry.origin))
  expect(registry.journal('POST', 'PUT', 'DELETE').map((line) => line.split(' ')[0])).toEqual(['POST', 'DELETE'])
  expect(registry.openUploads.size).toBe(0)
})

import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { probePush } from '../../../steps/lib/oci/registry/blobs.ts'
import { digestOf } from '../../../steps/lib/oci/digest.ts'
import { putManifest } from '../../../steps/lib/oci/registry/manifests.ts'
import { answer, refuse, startFakeRegistry } from './fake-registry.ts'
import { errorOf, manifestType, testClient } from './fixtures.ts'

test.each([
  [404, 'NAME_UNKNOWN', 'REGISTRY_REPOSITORY_UNKNOWN'],
  [400, 'MANIFEST_INVALID', 'REGISTRY_MANIFEST_REFUSED'],
  [404, 'MANIFEST_BLOB_UNKNOWN', 'REGISTRY_BLOB_VANISHED'],
  [400, 'TAG_INVALID', 'REGISTRY_TAG_IMMUTABLE'],
  [413, 'PAYLOAD_TOO_LARGE', 'REGISTRY_TOO_LARGE'],
  [405, 'UNSUPPORTED', 'REGISTRY_REFUSED'],
  [403, 'NO_CODE_OF_THE_SPECIFICATION', 'REGISTRY_DENIED'],
  [400, 'TOOMANYREQUESTS', 'REGISTRY_THROTTLED'],
  [503, 'DENIED', 'REGISTRY_UNAVAILABLE'],
])('calls a PUT of a manifest answered %i %s by the name %s', async (status, code, expected) => {
  await using registry = await startFakeRegistry()
  registry.intercept = (_, request, response) => {
    request.resume()
    return refuse(response, status, code, {
      'x-ms-correlation-request-id': 'c0ffee',
      location: 'https://elsewhere.example/',
    })
  }
  const bytes = Buffer.from('{}')
  const manifest = { bytes, descriptor: { mediaType: manifestType, digest: digestOf(bytes), size: 2 } }
  const error = await errorOf(putManifest(testClient(registry.origin), 'v1', manifest))
  expect(error.code).toBe(expected)
  expect(error.message).not.toMatch(/<[a-z-]+>/)
  expect(error.upstream).toMatchObject({
    service: registry.origin.host,
    status,
    code,
    ids: { 'x-ms-correlation-request-id': 'c0ffee' },
  })
})

test.each([200, 204, 307])(
  'takes %i for a PUT for an answer of someone else, and follows no redirect',
  async (status) => {
    await using registry = await startFakeRegistry()
    registry.intercept = (_, request, response) => {
      request.resume()
      return answer(response, status, { location: '/elsewhere' })
    }
    const bytes = Buffer.from('{}')
    const manifest = { bytes, descriptor: { mediaType: manifestType, digest: digestOf(bytes), size: 2 } }
    const error = await errorOf(putManifest(testClient(registry.origin), 'v1', manifest))
    expect(error.code).toBe('REGISTRY_ANSWER_INVALID')
    expect(error.values['reason']).toBe(`HTTP ${status}`)
    expect(new Set(registry.journal('PUT'))).toEqual(new Set(['PUT manifests/v1']))
  },
)

test('keeps the raw text of an answer that is no JSON, capped', async () => {
  await using registry = await startFakeRegistry()
  registry.intercept = (_, __, response) => {
    response.writeHead(403).end(`<html>Firewall ${'x'.repeat(100_000)}`)
    return true
  }
  const error = await errorOf(probePush(testClient(registry.origin)))
  expect(error.upstream?.message).toMatch(/^<html>Firewall x+$/)
  expect(error.upstream?.message?.length).toBe(2000)
})

test('refuses a manifest that the registry stored under another digest', async () => {
  await using registry = await startFakeRegistry()
  const other = `sha256:${createHash('sha256').update('other').digest('hex')}`
  registry.intercept = (_, request, response) => {
    request.resume()
    return answer(response, 201, { 'docker-content-digest': other })
  }
  const bytes = Buffer.from('{}')
  const manifest = { bytes, descriptor: { mediaType: manifestType, digest: digestOf(bytes), size: 2 } }
  const error = await errorOf(putManifest(testClient(registry.origin), 'v1', manifest))
  expect(error.code).toBe('REGISTRY_DIGEST_DIFFERS')
  expect(error.values).toMatchObject({ 'sent digest': digestOf(bytes), 'stored digest': other })
})

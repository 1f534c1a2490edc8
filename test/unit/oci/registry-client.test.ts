import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { stepError } from '../../../steps/lib/core/errors.ts'
import { headBlob, probePush, uploadBlob } from '../../../steps/lib/oci/blobs.ts'
import type { Descriptor } from '../../../steps/lib/oci/descriptor.ts'
import { digestOf } from '../../../steps/lib/oci/digest.ts'
import { headManifest, putManifest } from '../../../steps/lib/oci/manifests.ts'
import { refuse, startFakeRegistry } from './fake-registry.ts'
import { errorOf, layerType, manifestType, testAuthorizer, testClient, testPatience } from './fixtures.ts'

const content = Buffer.from('the layer')
const blob: Descriptor = { mediaType: layerType, digest: digestOf(content), size: content.length }
const body = { length: content.length, open: () => Readable.from([content]) }

const uploads = '/v2/team/app/blobs/uploads/'

test.each([
  ['relative to the host', (path: string) => path, /^[^?]+\?digest=sha256%3A[0-9a-f]{64}$/],
  ['relative to the request', (path: string) => path.slice(uploads.length), /^[^?]+\?digest=sha256%3A[0-9a-f]{64}$/],
  [
    'given with a query, which stays as it is',
    (path: string) => `${path}?_nouploadcache=false&_state=a+b/c==%7e`,
    /\?_nouploadcache=false&_state=a\+b\/c==%7e&digest=sha256%3A[0-9a-f]{64}$/,
  ],
])('sends the blob to a Location that is %s', async (_, location, expected) => {
  await using registry = await startFakeRegistry()
  registry.location = location
  await uploadBlob(testClient(registry.origin), blob, body)
  expect(registry.blobs.has(blob.digest)).toBe(true)
  expect(registry.requests.find((one) => one.method === 'PUT')?.path).toMatch(expected)
})

test('sends the blob to an absolute Location on the same host', async () => {
  await using registry = await startFakeRegistry()
  registry.location = (path) => new URL(path, registry.origin).href
  await uploadBlob(testClient(registry.origin), blob, body)
  expect(registry.blobs.has(blob.digest)).toBe(true)
})

test.each([
  ['another host', (port: string) => `http://localhost:${port}`],
  ['another scheme', (port: string) => `https://127.0.0.1:${port}`],
  ['a user name of its own', (port: string) => `http://user:pass@127.0.0.1:${port}`],
])('refuses a Location on %s, and sends nothing there', async (_, foreign) => {
  await using registry = await startFakeRegistry()
  registry.location = (path) => `${foreign(registry.origin.port)}${path}`
  const error = await errorOf(uploadBlob(testClient(registry.origin), blob, body))
  expect(error.code).toBe('REGISTRY_LOCATION_FOREIGN')
  expect(registry.journal('PUT', 'DELETE')).toEqual([])
})

test('takes an answer without a Location for a passing fault, and says so when it stays', async () => {
  await using registry = await startFakeRegistry()
  registry.intercept = (seen, _, response) => seen.method === 'POST' && answer(response, 202)
  const patience = testPatience()
  const error = await errorOf(uploadBlob(testClient(registry.origin, { patience }), blob, body))
  expect(error.code).toBe('REGISTRY_ANSWER_INVALID')
  expect(patience.waits).toHaveLength(5)
})

test('waits as long as a 429 asks, then goes on', async () => {
  await using registry = await startFakeRegistry()
  let throttled = 0
  registry.intercept = (seen, _, response) => {
    if (seen.method !== 'POST' || throttled === 2) return false
    throttled += 1
    return refuse(response, 429, 'TOOMANYREQUESTS', { 'retry-after': '7' })
  }
  const patience = testPatience()
  await uploadBlob(testClient(registry.origin, { patience }), blob, body)
  expect(patience.waits).toEqual([7000, 7000])
  expect(patience.codes).toEqual(['REGISTRY_THROTTLED', 'REGISTRY_THROTTLED'])
})

test('begins a fresh upload when a PUT breaks, and gives up the broken one', async () => {
  await using registry = await startFakeRegistry()
  let broken = 0
  registry.intercept = (seen, request) => {
    if (seen.method !== 'PUT' || broken === 2) return false
    broken += 1
    request.socket.resetAndDestroy()
    return true
  }
  await uploadBlob(testClient(registry.origin), blob, body)
  expect(registry.journal('POST', 'PUT', 'DELETE').map((line) => line.split(' ')[0])).toEqual(
    'POST PUT DELETE POST PUT DELETE POST PUT'.split(' '),
  )
  expect(registry.openUploads.size).toBe(0)
})

test('never sends DELETE where a registry has no such call', async () => {
  await using registry = await startFakeRegistry()
  registry.intercept = (seen, request, response) => {
    if (seen.method !== 'PUT') return false
    request.resume()
    return refuse(response, 403, 'DENIED')
  }
  await errorOf(uploadBlob(testClient(registry.origin, { cancelsUploads: false }), blob, body))
  expect(registry.journal('DELETE')).toEqual([])
})

test('is not held up by a DELETE that is never answered, and reports the true error', async () => {
  await using registry = await startFakeRegistry()
  registry.intercept = (seen, request, response) => {
    if (seen.method === 'DELETE') return true
    if (seen.method !== 'PUT') return false
    request.resume()
    return refuse(response, 403, 'DENIED')
  }
  const started = performance.now()
  const error = await errorOf(uploadBlob(testClient(registry.origin), blob, body))
  expect(error.code).toBe('REGISTRY_DENIED')
  expect(performance.now() - started).toBeLessThan(2000)
})

test('begins anew when the registry has lost the upload', async () => {
  await using registry = await startFakeRegistry()
  let lost = false
  registry.intercept = (seen, request, response) => {
    if (seen.method !== 'PUT' || lost) return false
    lost = true
    request.resume()
    return refuse(response, 404, 'BLOB_UPLOAD_UNKNOWN')
  }
  const patience = testPatience()
  await uploadBlob(testClient(registry.origin, { patience }), blob, body)
  expect(patience.codes).toEqual(['REGISTRY_UPLOAD_LOST'])
})

test('names the blob whose bytes have another digest, and does not try again', async () => {
  await using registry = await startFakeRegistry()
  const wrong = { ...blob, digest: digestOf(Buffer.from('something else')) }
  const patience = testPatience()
  const error = await errorOf(uploadBlob(testClient(registry.origin, { patience }), wrong, body))
  expect(error.code).toBe('REGISTRY_DIGEST_REFUSED')
  expect(error.values['digest']).toBe(wrong.digest)
  expect(error.upstream).toMatchObject({ status: 400, code: 'DIGEST_INVALID', message: 'says DIGEST_INVALID' })
  expect(patience.waits).toEqual([])
})

test('sends a PUT again with a fresh credential when it got 401 in the middle of the upload', async () => {
  await using registry = await startFakeRegistry()
  const big = Buffer.alloc(8_000_000, 'b')
  const authorizer = testAuthorizer('Basic good', 'Basic fresh')
  registry.intercept = (seen, request, response) => {
    if (seen.method !== 'PUT' || seen.authorization === 'Basic fresh') return false
    registry.authorization = 'Basic fresh'
    // Answered at once, with the body unread: the client must not wait to send all of it.
    request.pause()
    return refuse(response, 401, 'UNAUTHORIZED')
  }
  const descriptor = { ...blob, digest: digestOf(big), size: big.length }
  await uploadBlob(testClient(registry.origin, { authorizer }), descriptor, {
    length: big.length,
    open: () => Readable.from([big]),
  })
  expect(authorizer.renewals).toBe(1)
  expect(registry.journal('POST', 'PUT').map((line) => line.split(' ')[0])).toEqual(['POST', 'PUT', 'PUT'])
})

test('refuses at the second 401, after one renewal', async () => {
  await using registry = await startFakeRegistry()
  const authorizer = testAuthorizer('Basic stale', 'Basic stale too')
  const error = await errorOf(uploadBlob(testClient(registry.origin, { authorizer }), blob, body))
  expect(error.code).toBe('REGISTRY_CREDENTIAL_REFUSED')
  expect(authorizer.renewals).toBe(1)
  expect(JSON.stringify(error) + error.message + error.stack).not.toContain('stale')
})

test.each([
  ['the code DENIED', 'DENIED', {}],
  [
    'insufficient_scope',
    'UNAUTHORIZED',
    { 'www-authenticate': 'Bearer realm="https://x/oauth2/token",error="insufficient_scope"' },
  ],
])('says that the push is not allowed when the second 401 carries %s', async (_, code, headers) => {
  await using registry = await startFakeRegistry()
  registry.intercept = (seen, __, response) => seen.method === 'POST' && refuse(response, 401, code, headers)
  const error = await errorOf(uploadBlob(testClient(registry.origin), blob, body))
  expect(error.code).toBe('REGISTRY_DENIED')
})

test('renews a credential that ECR calls expired with 403', async () => {
  await using registry = await startFakeRegistry()
  registry.authorization = 'Basic fresh'
  registry.intercept = (seen, _, response) => {
    if (seen.authorization === 'Basic fresh') return false
    const text = 'Your authorization token has expired. Reauthenticate and try again.'
    response.writeHead(403).end(JSON.stringify({ errors: [{ code: 'DENIED', message: text }] }))
    return true
  }
  const authorizer = testAuthorizer('Basic old', 'Basic fresh')
  await uploadBlob(testClient(registry.origin, { authorizer }), blob, body)
  expect(authorizer.renewals).toBe(1)
})

test('does not retry an authorizer that failed: it has its own patience', async () => {
  await using registry = await startFakeRegistry()
  let asked = 0
  const failure = stepError('NETWORK_UNREACHABLE', { host: 'login.microsoftonline.com', reason: 'ECONNREFUSED' })
  const authorization = async () => {
    asked += 1
    throw failure
  }
  const authorizer = { ...testAuthorizer(), authorization }
  expect(await errorOf(uploadBlob(testClient(registry.origin, { authorizer }), blob, body))).toBe(failure)
  expect(asked).toBe(1)
})

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

function answer(response: ServerResponse, status: number, headers: Record<string, string> = {}): true {
  response.writeHead(status, headers).end()
  return true
}

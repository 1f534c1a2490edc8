import { expect, test } from 'vitest'
import { uploadBlob } from '../../../steps/lib/oci/registry/blobs.ts'
import { digestOf } from '../../../steps/lib/oci/digest.ts'
import { answer, refuse, startFakeRegistry } from './fake-registry.ts'
import { blob, body, errorOf, testClient, testPatience } from './fixtures.ts'

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

test('waits as long as a 429 asks and a little longer, then goes on', async () => {
  await using registry = await startFakeRegistry()
  let throttled = 0
  registry.intercept = (seen, _, response) => {
    if (seen.method !== 'POST' || throttled === 2) return false
    throttled += 1
    return refuse(response, 429, 'TOOMANYREQUESTS', { 'retry-after': '7' })
  }
  const patience = testPatience()
  await uploadBlob(testClient(registry.origin, { patience }), blob, body)
  expect(patience.waits).toEqual([7875, 7875])
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
  // Without a limit of its own it would wait for the connection, which may be silent for a minute.
  expect(performance.now() - started).toBeLessThan(20_000)
})

test('gives up a broken upload again when the registry was still reading it', async () => {
  await using registry = await startFakeRegistry()
  let busy = 3
  registry.intercept = (seen, request, response) => {
    if (seen.method === 'PUT') request.resume()
    if (seen.method === 'PUT') return refuse(response, 403, 'DENIED')
    return seen.method === 'DELETE' && --busy > 0 && refuse(response, 400, 'BLOB_UPLOAD_INVALID')
  }
  expect((await errorOf(uploadBlob(testClient(registry.origin), blob, body))).code).toBe('REGISTRY_DENIED')
  expect(registry.journal('DELETE')).toHaveLength(3)
  expect(registry.openUploads.size).toBe(0)
})

test.each([401, 403, 404, 405, 429])('asks a registry once when it answers DELETE with %i', async (status) => {
  await using registry = await startFakeRegistry()
  registry.intercept = (seen, request, response) => {
    request.resume()
    if (seen.method === 'PUT') return refuse(response, 403, 'DENIED')
    return seen.method === 'DELETE' && refuse(response, status, 'UNSUPPORTED')
  }
  await errorOf(uploadBlob(testClient(registry.origin), blob, body))
  expect(registry.journal('DELETE')).toHaveLength(1)
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

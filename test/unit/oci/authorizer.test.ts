import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { stepError } from '../../../steps/lib/core/errors.ts'
import { SharedCredential } from '../../../steps/lib/oci/registry/authorizer.ts'
import { headBlob, uploadBlob } from '../../../steps/lib/oci/registry/blobs.ts'
import { digestOf } from '../../../steps/lib/oci/digest.ts'
import { refuse, startFakeRegistry } from './fake-registry.ts'
import { blob, body, errorOf, testAuthorizer, testClient, testPatience } from './fixtures.ts'

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
  let counted = 0
  const sent = (bytes: number) => {
    counted += bytes
  }
  const open = () => Readable.from([big])
  const client = testClient(registry.origin, { authorizer })
  await uploadBlob(client, descriptor, { length: big.length, open }, { sent, blobDone: () => undefined })
  expect(counted).toBe(big.length)
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

test('renews once for two requests whose 401 came at the same time', async () => {
  let renewals = 0
  const renew = async () => {
    await setImmediate()
    renewals += 1
  }
  const credential = new SharedCredential({ ...testAuthorizer(), renew })
  const issued = [await credential.issue(), await credential.issue()]
  await Promise.all(issued.map(async (one) => credential.renew(one)))
  expect(renewals).toBe(1)
  await credential.renew(await credential.issue())
  expect(renewals).toBe(2)
})

test('ends with the reason of an abort that comes while it waits for the next attempt', async () => {
  await using registry = await startFakeRegistry()
  registry.intercept = (_, __, response) => refuse(response, 503, 'UNKNOWN')
  const controller = new AbortController()
  const patience = testPatience(controller.signal)
  const sleep = async () => {
    controller.abort('enough')
    throw new DOMException('The operation was aborted', 'AbortError')
  }
  const client = testClient(registry.origin, { patience: { ...patience, clock: { ...patience.clock, sleep } } })
  await expect(headBlob(client, blob.digest)).rejects.toBe('enough')
  await expect(headBlob(client, blob.digest)).rejects.toBe('enough')
  expect(registry.requests).toHaveLength(1)
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

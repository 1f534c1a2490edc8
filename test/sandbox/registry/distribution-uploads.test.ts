import { request as openRequest } from 'node:http'
import { Readable } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { digestOf } from './digest.ts'
import { beginUpload, errorOf, locationPath, withDigest } from './sample-image.ts'
import { HOST, useRegistry } from './sample-registry.ts'
import { registryState, repositoryState } from './state.ts'

const registry = useRegistry('team/app')
const openUploads = (): number => registryState(registry.world(), HOST).openUploads().length
const hello = digestOf('hello')

test('takes chunks in order and tells how far it is', async () => {
  let location = await beginUpload(registry.target())
  const patches = []
  for (const [body, range] of [
    ['hel', '0-2'],
    ['lo', '3-4'],
  ] as const) {
    const patch = await registry.server().ask('PATCH', location, { body, headers: { 'Content-Range': range } })
    location = locationPath(patch)
    patches.push([patch.status, patch.headers.range])
  }
  expect(patches).toEqual([
    [202, '0-2'],
    [202, '0-4'],
  ])
  const status = await registry.server().ask('GET', location)
  expect([status.status, status.headers.range, status.text]).toEqual([204, '0-4', ''])
  expect((await registry.server().ask('PUT', withDigest(location, hello))).status).toBe(201)
})

test('takes a PATCH stream of unknown length and closes it with an empty PUT', async () => {
  const location = await beginUpload(registry.target())
  const patch = await registry
    .server()
    .ask('PATCH', location, { body: Readable.from([Buffer.from('hel'), Buffer.from('lo')]) })
  expect([patch.status, patch.headers.range]).toEqual([202, '0-4'])
  expect((await registry.server().ask('PUT', withDigest(locationPath(patch), hello))).status).toBe(201)
})

test('refuses a chunk out of order with 416 and keeps the upload as it was', async () => {
  const location = await beginUpload(registry.target())
  await registry.server().ask('PATCH', location, { body: 'hel', headers: { 'Content-Range': '0-2' } })
  for (const method of ['PATCH', 'PUT']) {
    const reply = await registry.server().ask(method, withDigest(location, hello), {
      body: 'lo',
      headers: { 'Content-Range': '4-5' },
    })
    expect([reply.status, reply.headers.range]).toEqual([416, '0-2'])
  }
  const put = await registry
    .server()
    .ask('PUT', withDigest(location, hello), { body: 'lo', headers: { 'Content-Range': '3-4' } })
  expect(put.status).toBe(201)
})

test('refuses a Content-Range that cannot be read, and one that disagrees with the length', async () => {
  const location = await beginUpload(registry.target())
  const unit = await registry
    .server()
    .ask('PATCH', location, { body: 'hel', headers: { 'Content-Range': 'bytes 0-2/5' } })
  expect(unit.status).toBe(416)
  const longer = await registry.server().ask('PATCH', location, { body: 'hel', headers: { 'Content-Range': '0-3' } })
  expect([longer.status, errorOf(longer).code]).toEqual([400, 'SIZE_INVALID'])
  expect(registryState(registry.world(), HOST).openUploads()).toMatchObject([{ repository: 'team/app', size: 0 }])
})

test('refuses bytes with another digest, and the upload is gone', async () => {
  const location = await beginUpload(registry.target())
  const put = await registry.server().ask('PUT', withDigest(location, digestOf('other')), { body: 'hello' })
  expect([put.status, errorOf(put).code]).toEqual([400, 'DIGEST_INVALID'])
  const again = await registry.server().ask('PUT', withDigest(location, hello), { body: 'hello' })
  expect([again.status, errorOf(again).code]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN'])
  expect(repositoryState(registry.world(), HOST, 'team/app').hasBlob(digestOf('other'))).toBe(false)
})

test.each(['', 'sha256:short', 'md5:900150983cd24fb0d6963f7d28e17f72'])(
  'refuses to close an upload with the digest "%s" and keeps it open',
  async (digest) => {
    const put = await registry
      .server()
      .ask('PUT', withDigest(await beginUpload(registry.target()), digest), { body: 'hello' })
    expect([put.status, errorOf(put).code, openUploads()]).toEqual([400, 'DIGEST_INVALID', 1])
  },
)

test('does not know the upload of another repository', async () => {
  const location = await beginUpload(registry.target())
  const elsewhere = location.replace('team/app', 'team/other')
  expect((await registry.server().ask('PATCH', elsewhere, { body: 'hello' })).status).toBe(404)
})

test('cancels an upload', async () => {
  const location = await beginUpload(registry.target())
  expect((await registry.server().ask('DELETE', location)).status).toBe(204)
  expect((await registry.server().ask('GET', location)).status).toBe(404)
  expect(openUploads()).toBe(0)
})

test('a client that disconnects leaves an open upload and nothing else, and may go on from there', async () => {
  const location = await beginUpload(registry.target())
  const broken = openRequest({
    host: '127.0.0.1',
    port: registry.server().port,
    method: 'PATCH',
    path: location,
    agent: false,
  })
  broken.on('error', () => {})
  broken.write('hel')
  await vi.waitFor(() => expect(registryState(registry.world(), HOST).openUploads()).toMatchObject([{ size: 3 }]))
  broken.destroy()
  await vi.waitFor(() => expect(registry.world().journal.entries.at(-1)).toMatchObject({ refused: 'CLIENT_WENT_AWAY' }))
  expect(registryState(registry.world(), HOST).repositories()).toEqual(['team/app'])
  const status = await registry.server().ask('GET', location)
  expect([status.status, status.headers.range]).toEqual([204, '0-2'])
  expect((await registry.server().ask('PUT', withDigest(location, hello), { body: 'lo' })).status).toBe(201)
})

test('refuses a second writer while the first one is at it', async () => {
  const location = await beginUpload(registry.target())
  const first = openRequest({
    host: '127.0.0.1',
    port: registry.server().port,
    method: 'PATCH',
    path: location,
    agent: false,
  })
  const done = new Promise((resolve) => {
    first.once('response', (response) => resolve(response.resume().statusCode))
  })
  first.write('hel')
  await vi.waitFor(() => expect(registryState(registry.world(), HOST).openUploads()).toMatchObject([{ size: 3 }]))
  const second = await registry.server().ask('PATCH', location, { body: 'xxx' })
  expect([second.status, errorOf(second).code]).toEqual([400, 'BLOB_UPLOAD_INVALID'])
  expect((await registry.server().ask('DELETE', location)).status).toBe(400)
  expect((await registry.server().ask('GET', location)).headers.range).toBe('0-2')
  first.end('lo')
  expect(await done).toBe(202)
  expect((await registry.server().ask('PUT', withDigest(location, hello))).status).toBe(201)
})

import { expect, test } from 'vitest'
import { digestOf } from './digest.ts'
import { errorOf, locationPath, pushBlob, withDigest } from './sample-image.ts'
import { HOST, useRegistry } from './sample-registry.ts'
import { registryState, repositoryState } from './state.ts'

const registry = useRegistry('team/app')
const openUploads = (): number => registryState(registry.world(), HOST).openUploads().length
const hello = digestOf('hello')

test('answers the version check', async () => {
  const reply = await registry.server().ask('GET', '/v2/')
  expect([reply.status, reply.headers['docker-distribution-api-version']]).toEqual([200, 'registry/2.0'])
})

test('takes a blob by POST and PUT and serves it back', async () => {
  const put = await pushBlob(registry.target(), 'hello')
  expect([put.status, put.headers['docker-content-digest']]).toEqual([201, hello])
  const got = await registry.server().ask('GET', locationPath(put))
  expect([got.status, got.text, got.headers['content-type']]).toEqual([200, 'hello', 'application/octet-stream'])
  expect(openUploads()).toBe(0)
  expect(repositoryState(registry.world(), HOST, 'team/app').hasBlob(hello)).toBe(true)
})

test('HEAD of a blob tells size and digest and sends no body', async () => {
  await pushBlob(registry.target(), 'hello')
  const head = await registry.server().ask('HEAD', `/v2/team/app/blobs/${hello}`)
  expect([head.status, head.headers['content-length'], head.bytes.byteLength]).toEqual([200, '5', 0])
  expect(head.headers['docker-content-digest']).toBe(hello)
})

test.each([
  ['bytes=1-3', 206, 'ell', 'bytes 1-3/5'],
  ['bytes=3-', 206, 'lo', 'bytes 3-4/5'],
  ['bytes=-2', 206, 'lo', 'bytes 3-4/5'],
  ['bytes=9-', 416, '', 'bytes */5'],
  ['lines=1-2', 200, 'hello', undefined],
])('serves the range %s with %i', async (range, status, text, contentRange) => {
  await pushBlob(registry.target(), 'hello')
  const reply = await registry.server().ask('GET', `/v2/team/app/blobs/${hello}`, { headers: { Range: range } })
  expect([reply.status, reply.text, reply.headers['content-range']]).toEqual([status, text, contentRange])
})

test('takes a blob by a single POST', async () => {
  const reply = await registry.server().ask('POST', `/v2/team/app/blobs/uploads/?digest=${hello}`, { body: 'hello' })
  expect([reply.status, openUploads()]).toEqual([201, 0])
})

test('checks sha512 where the client wants it', async () => {
  const sha512 = digestOf('hello', 'sha512')
  const begun = await registry.server().ask('POST', '/v2/team/app/blobs/uploads/?digest-algorithm=sha512')
  const put = await registry.server().ask('PUT', withDigest(locationPath(begun), sha512), { body: 'hello' })
  expect([put.status, put.headers['docker-content-digest']]).toEqual([201, sha512])
  const other = await registry.server().ask('POST', '/v2/team/app/blobs/uploads/?digest-algorithm=md5')
  expect([other.status, errorOf(other).code]).toEqual([400, 'DIGEST_INVALID'])
})

test('mounts a blob that another repository has, and begins an upload when it has not', async () => {
  await pushBlob(registry.target(), 'hello')
  const mounted = await registry.server().ask('POST', `/v2/copy/blobs/uploads/?mount=${hello}&from=team/app`)
  expect([mounted.status, locationPath(mounted)]).toEqual([201, `/v2/copy/blobs/${hello}`])
  const missing = await registry.server().ask('POST', `/v2/copy/blobs/uploads/?mount=${digestOf('x')}&from=team/app`)
  expect([missing.status, openUploads()]).toEqual([202, 1])
})

test.each(['Team/app', 'team//app', 'team/app-', '-app', 'a'.repeat(250)])(
  'refuses the repository name %s',
  async (name) => {
    const reply = await registry.server().ask('POST', `/v2/${name}/blobs/uploads/`)
    expect([reply.status, errorOf(reply).code]).toEqual([400, 'NAME_INVALID'])
    expect(registryState(registry.world(), HOST).repositories()).toEqual([])
  },
)

test.each([
  ['DELETE', '/v2/'],
  ['POST', '/v2/team/app/blobs/uploads'],
  ['PUT', '/v2/team/app/blobs/uploads/'],
  ['POST', `/v2/team/app/blobs/${hello}`],
  ['POST', '/v2/team/app/tags/list'],
])('answers 405 to %s %s', async (method, path) => {
  const reply = await registry.server().ask(method, path)
  expect([reply.status, errorOf(reply).code]).toEqual([405, 'UNSUPPORTED'])
})

test.each(['/', '/v2', '/v1/', '/v2/team/app', '/v2/%zz/tags/list'])('knows no path %s', async (path) => {
  expect((await registry.server().ask('GET', path)).status).toBe(404)
})

test('refuses what it does not have, by its code', async () => {
  const codes = []
  for (const path of [
    `/v2/none/blobs/${hello}`,
    '/v2/none/tags/list',
    '/v2/none/manifests/latest',
    '/v2/team/app/blobs/sha256:short',
  ]) {
    const reply = await registry.server().ask('GET', path)
    codes.push([reply.status, errorOf(reply).code])
  }
  expect(codes).toEqual([
    [404, 'BLOB_UNKNOWN'],
    [404, 'NAME_UNKNOWN'],
    [404, 'MANIFEST_UNKNOWN'],
    [400, 'DIGEST_INVALID'],
  ])
  await pushBlob(registry.target(), 'hello')
  const other = await registry.server().ask('GET', `/v2/team/app/blobs/${digestOf('other')}`)
  expect([other.status, errorOf(other).code]).toEqual([404, 'BLOB_UNKNOWN'])
})

test('a refused HEAD has no body', async () => {
  const head = await registry.server().ask('HEAD', `/v2/none/blobs/${hello}`)
  expect([head.status, head.bytes.byteLength]).toEqual([404, 0])
})

test('journals each request with its operation, and never its query', async () => {
  await pushBlob(registry.target(), 'hello')
  await registry.server().ask('GET', `/v2/team/app/blobs/${digestOf('other')}?secret=1`)
  const [begun, put, got] = registry.world().journal.entries
  expect(begun).toMatchObject({ standIn: 'registry', host: HOST, operation: 'POST uploads', status: 202 })
  expect(put).toMatchObject({ operation: 'PUT upload', status: 201 })
  expect(got).toMatchObject({ operation: 'GET blob', status: 404, refused: 'BLOB_UNKNOWN' })
  expect(JSON.stringify(registry.world().journal.entries)).not.toContain('?')
})

test('deletes a blob from its repository, and from no other', async () => {
  const { server } = registry.target()
  await pushBlob(registry.target(), 'hello')
  await pushBlob({ server, repository: 'other' }, 'hello')
  expect((await server.ask('DELETE', `/v2/team/app/blobs/${hello}`)).status).toBe(202)
  expect((await server.ask('HEAD', `/v2/team/app/blobs/${hello}`)).status).toBe(404)
  expect((await server.ask('HEAD', `/v2/other/blobs/${hello}`)).status).toBe(200)
  const again = await server.ask('DELETE', `/v2/team/app/blobs/${hello}`)
  expect([again.status, errorOf(again).code]).toEqual([404, 'BLOB_UNKNOWN'])
})

test('mounts a blob that names no source from wherever it is', async () => {
  const { server } = registry.target()
  await pushBlob({ server, repository: 'other' }, 'hello')
  expect((await server.ask('POST', `/v2/team/app/blobs/uploads/?mount=${hello}`)).status).toBe(201)
  expect((await server.ask('POST', `/v2/team/app/blobs/uploads/?mount=${digestOf('none')}`)).status).toBe(202)
})

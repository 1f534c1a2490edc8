import { expect, test } from 'vitest'
import { createAcrRegistry } from './acr-registry.ts'
import { createBlobHosts } from './blob-hosts.ts'
import { digestOf } from './digest.ts'
import { serveLoopback } from './loopback.ts'
import {
  bearer,
  entraToken,
  exchange,
  HOST,
  postForm,
  PULLER,
  pusher,
  PUSHER,
  refreshToken,
  STRICT_HOST,
  textMember,
  useAcr,
} from './sample-acr.ts'
import { beginUpload, errorOf, locationPath, pushBlob, pushImage, withDigest } from './sample-image.ts'
import { registryState, repositoryState } from './state.ts'

const MINUTE = 60_000
const acr = useAcr()

test('owns the configured login servers and no other', () => {
  const registry = createAcrRegistry(acr.world())
  expect([HOST, STRICT_HOST, 'other.azurecr.io', `x.${HOST}`].map((host) => registry.owns(host))).toEqual([
    true,
    true,
    false,
    false,
  ])
})

test('challenges for a Bearer token, with the scope that the request needs', async () => {
  const base = await acr.server().ask('GET', '/v2/')
  expect([base.status, base.headers['www-authenticate']]).toEqual([
    401,
    `Bearer realm="https://${HOST}/oauth2/token",service="${HOST}"`,
  ])
  expect(base.headers['x-ms-correlation-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  const blob = await acr.server().ask('GET', `/v2/x/blobs/${digestOf('x')}`)
  expect(blob.headers['www-authenticate']).toContain(',scope="repository:x:pull"')
  expect(errorOf(blob)).toEqual({
    code: 'UNAUTHORIZED',
    message: 'authentication required, visit https://aka.ms/acr/authorization for more information.',
    detail: [{ Type: 'repository', Name: 'x', Action: 'pull' }],
  })
})

test('makes the repository on push and takes an image', async () => {
  const target = await pusher(acr)
  expect((await pushImage(target, 'v1')).status).toBe(201)
  expect(repositoryState(acr.world(), HOST, 'team/app').tags()).toEqual(['v1'])
  expect(acr.world().journal.entries.at(-1)).toMatchObject({ standIn: 'acr', operation: 'PUT manifest', status: 201 })
})

test('gives relative upload locations, and wants their query back intact', async () => {
  const target = await pusher(acr)
  const { headers } = target
  const begun = await acr.server().ask('POST', '/v2/team/app/blobs/uploads/', { headers })
  expect(begun.headers.location).toMatch(
    /^\/v2\/team\/app\/blobs\/uploads\/[0-9a-f-]{36}\?_nouploadcache=false&_state=[\w-]+%3D%3D$/,
  )
  const location = locationPath(begun)
  const bad = [
    location.replace(/\?.*/, ''),
    location.replace(/&_state.*/, ''),
    location.replace(/%3D%3D/, ''),
    location.replace('false', 'true'),
  ]
  for (const path of bad) {
    const reply = await acr.server().ask('PUT', withDigest(path, digestOf('hello')), { headers, body: 'hello' })
    expect([reply.status, errorOf(reply).code]).toEqual([400, 'BLOB_UPLOAD_INVALID'])
  }
  const patch = await acr.server().ask('PATCH', location, { headers, body: 'hel' })
  expect([patch.status, patch.headers.range]).toEqual([202, '0-2'])
  const stale = await acr.server().ask('PUT', withDigest(location, digestOf('hello')), { headers, body: 'lo' })
  expect(stale.status).toBe(400)
  const put = await acr.server().ask('PUT', withDigest(locationPath(patch), digestOf('hello')), { headers, body: 'lo' })
  expect([put.status, put.headers.location]).toEqual([201, `/v2/team/app/blobs/${digestOf('hello')}`])
})

test.each([
  ['only pull', ['repository:team/app:pull'], PUSHER],
  ['another repository', ['repository:team/other:pull,push'], PUSHER],
  ['push that the role does not give', ['repository:team/app:pull,push'], PULLER],
  ['nothing', [], PUSHER],
])('refuses an upload with a token for %s', async (_what, scopes, oid) => {
  const headers = await bearer(acr, scopes, oid)
  const reply = await acr.server().ask('POST', '/v2/team/app/blobs/uploads/', { headers })
  expect([reply.status, reply.headers['www-authenticate']]).toEqual([
    401,
    expect.stringContaining('scope="repository:team/app:pull,push",error="insufficient_scope"'),
  ])
  expect(errorOf(reply).detail).toContainEqual({ Type: 'repository', Name: 'team/app', Action: 'push' })
  expect(registryState(acr.world(), HOST).repositories()).toEqual([])
})

test('a puller pulls and is refused nothing but writing', async () => {
  await pushImage(await pusher(acr), 'v1')
  const headers = await bearer(acr, ['repository:team/app:pull,push'], PULLER)
  for (const path of ['manifests/v1', 'tags/list', `blobs/${digestOf('layer')}`]) {
    expect(
      (await acr.server().ask(path.startsWith('blobs') ? 'HEAD' : 'GET', `/v2/team/app/${path}`, { headers })).status,
    ).toBe(200)
  }
  expect((await acr.server().ask('DELETE', '/v2/team/app/manifests/v1', { headers })).status).toBe(401)
})

test('an access token ends after 75 minutes, in the middle of an upload too', async () => {
  const target = await pusher(acr)
  const location = await beginUpload(target)
  acr.world().clock.advance(75 * MINUTE)
  const late = await acr
    .server()
    .ask('PUT', withDigest(location, digestOf('x')), { headers: target.headers, body: 'x' })
  expect([late.status, late.headers['www-authenticate']]).toEqual([
    401,
    expect.stringContaining('error="invalid_token"'),
  ])
  const headers = (await pusher(acr)).headers
  expect((await acr.server().ask('PUT', withDigest(location, digestOf('x')), { headers, body: 'x' })).status).toBe(201)
})

test('takes no refresh token, no Entra token and no token of another registry as Bearer', async () => {
  await using strict = await acr.start(STRICT_HOST)
  const refresh = textMember(await exchange(strict, entraToken(acr.world()), { service: STRICT_HOST }), 'refresh_token')
  const form = { grant_type: 'refresh_token', service: STRICT_HOST, refresh_token: refresh }
  const foreign = textMember(await postForm(strict, '/oauth2/token', Object.entries(form)), 'access_token')
  for (const token of [await refreshToken(acr), entraToken(acr.world()), foreign, 'x']) {
    const reply = await acr.server().ask('GET', '/v2/', { headers: { Authorization: `Bearer ${token}` } })
    expect([reply.status, reply.headers['www-authenticate']]).toEqual([
      401,
      expect.stringContaining('error="invalid_token"'),
    ])
  }
})

test('mounts only for those who may pull the source', async () => {
  await pushBlob(await pusher(acr), 'layer')
  const path = `/v2/copy/blobs/uploads/?mount=${digestOf('layer')}&from=team/app`
  const blind = await acr.server().ask('POST', path, { headers: await bearer(acr, ['repository:copy:pull,push']) })
  expect([blind.status, blind.headers['www-authenticate']]).toEqual([
    401,
    expect.stringContaining('repository:team/app:pull'),
  ])
  expect(registryState(acr.world(), HOST).hasBlob('copy', digestOf('layer'))).toBe(false)
  const headers = await bearer(acr, ['repository:copy:pull,push', 'repository:team/app:pull'])
  expect((await acr.server().ask('POST', path, { headers })).status).toBe(201)
})

test('sends pullers of blobs to another host, where their token is a leak', async () => {
  const target = await pusher(acr)
  await pushBlob(target, 'layer')
  const got = await acr.server().ask('GET', `/v2/team/app/blobs/${digestOf('layer')}`, { headers: target.headers })
  const link = new URL(got.headers.location ?? '')
  expect([got.status, link.host]).toEqual([307, expect.stringMatching(/\.blob\.core\.windows\.net$/)])
  const hosts = createBlobHosts(acr.world())
  await using blobs = await serveLoopback((request, response) => hosts.handle(request, response, link.host))
  expect((await blobs.ask('GET', link.pathname + link.search, { headers: target.headers })).status).toBe(400)
  expect((await blobs.ask('GET', link.pathname + link.search)).text).toBe('layer')
  expect(acr.world().journal.entries.map(({ refused }) => refused)).toContain('AUTHORIZATION_LEAK')
})

test('writes no token into the journal', async () => {
  await pushImage(await pusher(acr), 'v1')
  const refused = entraToken(acr.world(), { aud: 'elsewhere' })
  await exchange(acr.server(), refused)
  const journal = JSON.stringify(acr.world().journal.entries)
  for (const secret of [...acr.world().minted.all, refused]) expect(journal).not.toContain(secret)
})

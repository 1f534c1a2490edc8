import { expect, test } from 'vitest'
import { digestOf } from './digest.ts'
import {
  describeBytes,
  imageManifest,
  INDEX_TYPE,
  MANIFEST_TYPE,
  memberOf,
  pushBlob,
  pushImage,
  putManifest,
} from './sample-image.ts'
import { HOST, useRegistry } from './sample-registry.ts'
import { repositoryState } from './state.ts'

const registry = useRegistry('app')

const get = (reference: string, headers = {}) =>
  registry.server().ask('GET', `/v2/app/manifests/${reference}`, { headers })
const image = imageManifest('{}', ['layer'])
const stored = () => repositoryState(registry.world(), HOST, 'app')

test('lists tags in order and in pages', async () => {
  for (const tag of ['b', 'a', 'C']) await pushImage(registry.target(), tag)
  const tags = async (query: string) => {
    const reply = await registry.server().ask('GET', `/v2/app/tags/list${query}`)
    return [reply.json(), reply.headers.link]
  }
  expect(await tags('')).toEqual([{ name: 'app', tags: ['C', 'a', 'b'] }, undefined])
  expect(await tags('?n=2')).toEqual([{ name: 'app', tags: ['C', 'a'] }, '</v2/app/tags/list?n=2&last=a>; rel="next"'])
  expect(await tags('?n=2&last=a')).toEqual([{ name: 'app', tags: ['b'] }, undefined])
  expect(await tags('?n=0')).toEqual([{ name: 'app', tags: [] }, undefined])
  expect((await registry.server().ask('GET', '/v2/app/tags/list?n=x')).status).toBe(400)
})

test('lists referrers with their type and annotations, also of a subject that is not there', async () => {
  await pushImage(registry.target(), 'v1')
  const subject = describeBytes(MANIFEST_TYPE, image)
  const sbom = imageManifest('{}', ['layer'], { subject, artifactType: 'application/sbom', annotations: { by: 'us' } })
  const plain = imageManifest('{}', ['layer'], { subject })
  for (const referrer of [sbom, plain]) {
    const put = await putManifest(registry.target(), digestOf(referrer), referrer)
    expect([put.status, put.headers['oci-subject']]).toEqual([201, subject.digest])
  }
  const all = await registry.server().ask('GET', `/v2/app/referrers/${subject.digest}`)
  expect([all.status, all.headers['content-type']]).toEqual([200, INDEX_TYPE])
  expect(all.json()).toMatchObject({
    manifests: [
      { digest: digestOf(sbom), size: sbom.length, artifactType: 'application/sbom', annotations: { by: 'us' } },
      { digest: digestOf(plain), artifactType: 'application/vnd.oci.image.config.v1+json' },
    ],
  })
  const some = await registry.server().ask('GET', `/v2/app/referrers/${subject.digest}?artifactType=application/sbom`)
  expect([some.headers['oci-filters-applied'], some.json()]).toMatchObject(['artifactType', { manifests: [{}] }])
  expect((await registry.server().ask('GET', `/v2/app/referrers/${digestOf('x')}`)).json()).toMatchObject({
    manifests: [],
  })
  expect((await registry.server().ask('GET', '/v2/app/referrers/v1')).status).toBe(400)
})

const remove = async (reference: string) =>
  (await registry.server().ask('DELETE', `/v2/app/manifests/${reference}`)).status

test('deletes a tag alone, and a manifest with its tags', async () => {
  await pushImage(registry.target(), 'v1')
  await pushImage(registry.target(), 'v2')
  expect(await remove('v1')).toBe(202)
  expect(stored().tags()).toEqual(['v2'])
  expect(await remove(digestOf(image))).toBe(202)
  expect([stored().tags(), (await get('v2')).status]).toEqual([[], 404])
  expect(await remove('v2')).toBe(404)
})

test('lists the repositories that hold something, in pages', async () => {
  const { server } = registry.target()
  for (const repository of ['b', 'a', 'c']) await pushImage({ server, repository }, 'v1')
  await pushBlob({ server, repository: 'empty' }, 'x')
  expect((await server.ask('GET', '/v2/_catalog')).json()).toEqual({ repositories: ['a', 'b', 'c'] })
  const page = await server.ask('GET', '/v2/_catalog?n=2')
  expect([page.json(), page.headers.link]).toEqual([
    { repositories: ['a', 'b'] },
    '</v2/_catalog?n=2&last=b>; rel="next"',
  ])
  expect((await server.ask('GET', '/v2/_catalog?n=2&last=b')).json()).toEqual({ repositories: ['c'] })
})

test('lists no referrers of a repository that nobody has made', async () => {
  const reply = await registry.server().ask('GET', `/v2/none/referrers/${digestOf('x')}`)
  expect([reply.status, memberOf(reply.json(), 'manifests')]).toEqual([200, []])
})

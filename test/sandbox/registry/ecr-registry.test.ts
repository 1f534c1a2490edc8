import { expect, test } from 'vitest'
import { createBlobHosts } from './blob-hosts.ts'
import { digestOf } from './digest.ts'
import { serveLoopback } from './loopback.ts'
import { ACCOUNT, HOST, login, useEcr } from './sample-ecr.ts'
import { beginUpload, errorOf, imageManifest, pushBlob, pushImage, putManifest } from './sample-image.ts'
import { registryState, repositoryState } from './state.ts'

const ecr = useEcr()

test('does not make repositories on push', async () => {
  const reply = await ecr.server().ask('POST', '/v2/none/blobs/uploads/', { headers: login(ecr.world(), 'pusher') })
  expect([reply.status, errorOf(reply)]).toMatchObject([
    404,
    {
      code: 'NAME_UNKNOWN',
      message: `The repository with name 'none' does not exist in the registry with id '${ACCOUNT}'`,
    },
  ])
  expect(registryState(ecr.world(), HOST).repositories()).toEqual([])
})

test('takes an image and keeps its exact bytes, with absolute locations', async () => {
  const begun = await ecr.server().ask('POST', '/v2/team/app/blobs/uploads/', { headers: ecr.target().headers })
  expect(begun.headers.location).toMatch(`https://${HOST}/v2/team/app/blobs/uploads/`)
  const put = await pushImage(ecr.target(), 'v1')
  expect([put.status, put.headers['docker-content-digest']]).toEqual([201, digestOf(imageManifest('{}', ['layer']))])
  expect(repositoryState(ecr.world(), HOST, 'team/app').tags()).toEqual(['v1'])
})

test('an immutable tag can be pushed again with the same digest only', async () => {
  const fixed = { ...ecr.target(), repository: 'fixed' }
  await pushImage(fixed, 'v1')
  expect((await pushImage(fixed, 'v1')).status).toBe(201)
  const other = await pushImage(fixed, 'v1', ['other'])
  expect([other.status, errorOf(other)]).toMatchObject([
    400,
    {
      code: 'TAG_INVALID',
      message:
        "The image tag 'v1' already exists in the 'fixed' repository and cannot be overwritten because the tag is immutable.",
    },
  ])
  expect((await pushImage(fixed, 'v2', ['other'])).status).toBe(201)
  expect(repositoryState(ecr.world(), HOST, 'fixed').manifest('v1')?.digest).toBe(
    digestOf(imageManifest('{}', ['layer'])),
  )
})

test('a mutable tag moves', async () => {
  await pushImage(ecr.target(), 'v1')
  expect((await pushImage(ecr.target(), 'v1', ['other'])).status).toBe(201)
})

test('answers 202 to a mount and to a single POST, as both are off', async () => {
  await pushBlob(ecr.target(), 'layer')
  const headers = ecr.target().headers
  const mount = await ecr.server().ask('POST', `/v2/fixed/blobs/uploads/?mount=${digestOf('layer')}&from=team/app`, {
    headers,
  })
  const single = await ecr.server().ask('POST', `/v2/fixed/blobs/uploads/?digest=${digestOf('layer')}`, {
    headers,
    body: 'layer',
  })
  expect([mount.status, single.status]).toEqual([202, 202])
  expect(repositoryState(ecr.world(), HOST, 'fixed').hasBlob(digestOf('layer'))).toBe(false)
})

test('has no cancel and no delete', async () => {
  await pushImage(ecr.target(), 'v1')
  const headers = ecr.target().headers
  expect((await ecr.server().ask('DELETE', await beginUpload(ecr.target()), { headers })).status).toBe(405)
  expect((await ecr.server().ask('DELETE', '/v2/team/app/manifests/v1', { headers })).status).toBe(405)
})

test('sends pullers to S3 with a signed link that works once and without credentials only', async () => {
  await pushBlob(ecr.target(), 'layer')
  const headers = ecr.target().headers
  const got = await ecr.server().ask('GET', `/v2/team/app/blobs/${digestOf('layer')}`, { headers })
  const link = new URL(got.headers.location ?? '')
  expect([got.status, link.host]).toEqual([307, 'prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com'])
  expect([...link.searchParams.keys()]).toContain('X-Amz-Signature')
  expect(ecr.world().minted.all).toContain(link.searchParams.get('X-Amz-Signature'))
  const hosts = createBlobHosts(ecr.world())
  await using s3 = await serveLoopback((request, response) => hosts.handle(request, response, link.host))
  const leaked = await s3.ask('GET', link.pathname + link.search, { headers })
  expect([leaked.status, ecr.world().journal.entries.at(-1)]).toMatchObject([400, { refused: 'AUTHORIZATION_LEAK' }])
  const bytes = await s3.ask('GET', link.pathname + link.search)
  expect([bytes.status, bytes.text]).toEqual([200, 'layer'])
  expect((await s3.ask('GET', link.pathname + link.search)).status).toBe(403)
})

test('an index of pushed images is taken', async () => {
  const put = await pushImage(ecr.target(), 'v1')
  const child = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: put.headers['docker-content-digest'],
    size: imageManifest('{}', ['layer']).length,
  }
  const type = 'application/vnd.oci.image.index.v1+json'
  const index = JSON.stringify({ schemaVersion: 2, mediaType: type, manifests: [child] })
  expect((await putManifest(ecr.target(), 'all', index, type)).status).toBe(201)
})

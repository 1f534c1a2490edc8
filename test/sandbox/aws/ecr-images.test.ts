import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  ListImagesCommand,
  PutImageCommand,
} from '@aws-sdk/client-ecr'
import { expect, test } from 'vitest'
import { repositoryState } from '../registry/state.ts'
import { HOME, refusalOf } from './test-front.ts'
import { digestOf, HOST, manifestOf, MEDIA_TYPE, NAME, putImage, registryAsk, start } from './test-images.ts'

test('an image that was put by the API is pulled from the registry, and the other way round', async () => {
  await using front = await start()
  const ecr = front.ecr()
  const manifest = await putImage(ecr, 'v1')
  const pulled = await registryAsk(front, '/v2/team/app/manifests/v1')
  expect([pulled.status, pulled.body, pulled.headers['docker-content-digest']]).toEqual([
    200,
    manifest,
    digestOf(manifest),
  ])
  const other = manifestOf(digestOf('{}'), [], 'pushed')
  const headers = { 'content-type': MEDIA_TYPE }
  const put = await registryAsk(front, '/v2/team/app/manifests/v2', { method: 'PUT', headers, body: other })
  expect(put.status).toBe(201)
  const { images } = await ecr.send(new BatchGetImageCommand({ ...NAME, imageIds: [{ imageTag: 'v2' }] }))
  expect(images).toMatchObject([{ imageManifest: other, imageId: { imageTag: 'v2', imageDigest: digestOf(other) } }])
})

test('refuses an image whose layers are missing, that is there, or whose digest is another', async () => {
  await using front = await start()
  const ecr = front.ecr()
  const imageManifest = await putImage(ecr, 'v1')
  const missing = manifestOf(digestOf('{}'), [[digestOf('gone'), 4]])
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ mediaType: MEDIA_TYPE, digest: digestOf('gone'), size: 4 }],
  })
  const put = (change: object) => refusalOf(ecr.send(new PutImageCommand({ ...NAME, imageManifest, ...change })))
  const where = `required for pushing image into repository with name 'team/app' in the registry with id '${HOME}' do not exist`
  expect(await put({ imageManifest: missing })).toMatchObject({
    name: 'LayersNotFoundException',
    message: `Layers with digests '[${digestOf('gone')}]' ${where}`,
  })
  expect(await put({ imageManifest: index })).toMatchObject({
    name: 'ReferencedImagesNotFoundException',
    message: `Images with digests '[${digestOf('gone')}]' ${where}`,
  })
  expect(await put({ imageTag: 'v1' })).toMatchObject({ name: 'ImageAlreadyExistsException' })
  expect(await put({ imageDigest: digestOf('other') })).toMatchObject({ name: 'ImageDigestDoesNotMatchException' })
  expect(await put({ imageManifest: '{' })).toMatchObject({ name: 'InvalidParameterException' })
  expect(repositoryState(front.sandbox.world, HOST, 'team/app').tags()).toEqual(['v1'])
})

test('an immutable tag stays where it is, an excluded one moves', async () => {
  await using front = await start({
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
  })
  const ecr = front.ecr()
  for (const tag of ['v1', 'dev-1']) await putImage(ecr, tag)
  await putImage(ecr, 'dev-1', 'moved')
  expect(await refusalOf(putImage(ecr, 'v1', 'moved'))).toEqual({
    name: 'ImageTagAlreadyExistsException',
    status: 400,
    message:
      "The image tag 'v1' already exists in the 'team/app' repository and cannot be overwritten because the tag is immutable.",
  })
})

test('what is not there is a failure inside an answer of 200', async () => {
  await using front = await start()
  const ecr = front.ecr()
  const digest = digestOf(await putImage(ecr, 'v1'))
  await putImage(ecr, 'v2', 'other')
  const imageIds = [
    { imageTag: 'v1' },
    { imageTag: 'gone' },
    { imageDigest: 'nonsense' },
    { imageTag: 'v2', imageDigest: digest },
    {},
  ]
  const answer = await ecr.send(new BatchGetImageCommand({ ...NAME, imageIds }))
  expect(answer.images?.map(({ imageId }) => imageId)).toEqual([{ imageTag: 'v1', imageDigest: digest }])
  expect(answer.failures?.map(({ failureCode }) => failureCode)).toEqual([
    'ImageNotFound',
    'InvalidImageDigest',
    'ImageTagDoesNotMatchDigest',
    'MissingDigestAndTag',
  ])
  const acceptedMediaTypes = ['application/vnd.docker.distribution.manifest.v2+json']
  const none = await ecr.send(new BatchGetImageCommand({ ...NAME, imageIds: [{ imageTag: 'v1' }], acceptedMediaTypes }))
  expect([none.images, none.failures?.[0]?.failureCode]).toEqual([[], 'ImageNotFound'])
  expect(await refusalOf(ecr.send(new BatchGetImageCommand({ ...NAME, imageIds: [] })))).toMatchObject({
    name: 'InvalidParameterException',
  })
})

test('lists, describes and deletes images by tag and by digest', async () => {
  await using front = await start()
  const ecr = front.ecr()
  const one = digestOf(await putImage(ecr, 'v1'))
  const two = digestOf(await putImage(ecr, 'v1', 'moved'))
  const list = async (tagStatus: 'TAGGED' | 'UNTAGGED' | 'ANY') =>
    (await ecr.send(new ListImagesCommand({ ...NAME, filter: { tagStatus } }))).imageIds
  expect(await list('TAGGED')).toEqual([{ imageDigest: two, imageTag: 'v1' }])
  expect(await list('UNTAGGED')).toEqual([{ imageDigest: one }])
  const { imageDetails } = await ecr.send(new DescribeImagesCommand({ ...NAME, imageIds: [{ imageTag: 'v1' }] }))
  expect(imageDetails).toMatchObject([
    {
      imageDigest: two,
      imageTags: ['v1'],
      imageSizeInBytes: 2,
      imageManifestMediaType: MEDIA_TYPE,
      imagePushedAt: expect.any(Date),
    },
  ])
  expect(await refusalOf(ecr.send(new DescribeImagesCommand({ ...NAME, imageIds: [{ imageTag: 'gone' }] })))).toEqual({
    name: 'ImageNotFoundException',
    status: 400,
    message: `The image with imageId {imageDigest:'null', imageTag:'gone'} does not exist within the repository with name 'team/app' in the registry with id '${HOME}'`,
  })
  expect(await refusalOf(ecr.send(new DeleteRepositoryCommand(NAME)))).toEqual({
    name: 'RepositoryNotEmptyException',
    status: 400,
    message: `The repository with name 'team/app' in registry with id '${HOME}' cannot be deleted because it still contains images`,
  })
  const gone = await ecr.send(
    new BatchDeleteImageCommand({ ...NAME, imageIds: [{ imageTag: 'v1' }, { imageDigest: one }, { imageTag: 'x' }] }),
  )
  expect([gone.imageIds?.length, gone.failures?.[0]?.failureCode, await list('ANY')]).toEqual([2, 'ImageNotFound', []])
  await putImage(ecr, 'v3')
  await ecr.send(new DeleteRepositoryCommand({ ...NAME, force: true }))
  expect((await registryAsk(front, '/v2/team/app/manifests/v3')).status).toBe(404)
})

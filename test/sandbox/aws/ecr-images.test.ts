import { createHash } from 'node:crypto'
import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  DescribeImageScanFindingsCommand,
  DescribeImageSigningStatusCommand,
  DescribeImagesCommand,
  DeleteRepositoryCommand,
  GetAuthorizationTokenCommand,
  InitiateLayerUploadCommand,
  ListImagesCommand,
  PutImageCommand,
  StartImageScanCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr'
import type { ECRClient } from '@aws-sdk/client-ecr'
import { expect, test } from 'vitest'
import type { EcrRepository } from '../config.ts'
import { repositoryState } from '../registry/state.ts'
import { throughProxy } from '../through-proxy.ts'
import { account, FRONT_REGION, HOME, refusalOf, startFront } from './test-front.ts'
import type { Front } from './test-front.ts'

const NAME = { repositoryName: 'team/app' }
const HOST = `${HOME}.dkr.ecr.${FRONT_REGION}.amazonaws.com`
const MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json'
const MIB = 1024 * 1024

const digestOf = (bytes: Uint8Array | string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

const start = (change: Partial<EcrRepository> = {}): Promise<Front> =>
  startFront([account({ repositories: [{ region: FRONT_REGION, name: 'team/app', ...change }] })])

/** Uploads bytes as one layer, in parts of the given size. */
const uploadLayer = async (ecr: ECRClient, bytes: Uint8Array, partSize = bytes.length): Promise<string> => {
  const { uploadId } = await ecr.send(new InitiateLayerUploadCommand(NAME))
  for (let first = 0; first < bytes.length; first += partSize) {
    const layerPartBlob = bytes.subarray(first, first + partSize)
    const partLastByte = first + layerPartBlob.length - 1
    await ecr.send(new UploadLayerPartCommand({ ...NAME, uploadId, partFirstByte: first, partLastByte, layerPartBlob }))
  }
  const digest = digestOf(bytes)
  await ecr.send(new CompleteLayerUploadCommand({ ...NAME, uploadId, layerDigests: [digest] }))
  return digest
}

const manifestOf = (config: string, layers: readonly (readonly [string, number])[], note = ''): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPE,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 2 },
    layers: layers.map(([digest, size]) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size })),
    annotations: { note },
  })

/** Puts a small image by the API alone; gives its manifest. */
const putImage = async (ecr: ECRClient, imageTag: string, note = ''): Promise<string> => {
  const config = digestOf('{}')
  const { layers } = await ecr.send(new BatchCheckLayerAvailabilityCommand({ ...NAME, layerDigests: [config] }))
  if (layers?.[0]?.layerAvailability !== 'AVAILABLE') await uploadLayer(ecr, Buffer.from('{}'))
  const imageManifest = manifestOf(config, [], note)
  await ecr.send(new PutImageCommand({ ...NAME, imageManifest, imageTag }))
  return imageManifest
}

const registryAsk = async (
  front: Front,
  path: string,
  init: { method?: string; headers?: object; body?: string } = {},
) => {
  const { authorizationData } = await front.ecr().send(new GetAuthorizationTokenCommand({}))
  const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`
  return throughProxy(front.sandbox, {
    url: `https://${HOST}${path}`,
    ...init,
    headers: { authorization, ...init.headers },
  })
}

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

test('a layer comes in parts of at least 5 MiB, and says where it stands when a part does not follow', async () => {
  await using front = await start()
  const ecr = front.ecr()
  const bytes = Buffer.alloc(6 * MIB, 7)
  expect(await uploadLayer(ecr, bytes, 5 * MIB)).toBe(digestOf(bytes))
  expect(repositoryState(front.sandbox.world, HOST, 'team/app').hasBlob(digestOf(bytes))).toBe(true)
  const { uploadId } = await ecr.send(new InitiateLayerUploadCommand(NAME))
  const part = { ...NAME, uploadId, layerPartBlob: Buffer.alloc(10) }
  await ecr.send(new UploadLayerPartCommand({ ...part, partFirstByte: 0, partLastByte: 9 }))
  const gap = ecr.send(new UploadLayerPartCommand({ ...part, partFirstByte: 20, partLastByte: 29 }))
  await expect(gap).rejects.toMatchObject({ name: 'InvalidLayerPartException', lastValidByteReceived: 9, uploadId })
  await ecr.send(new UploadLayerPartCommand({ ...part, partFirstByte: 10, partLastByte: 19 }))
  const layerDigests = [digestOf(Buffer.alloc(20))]
  expect(await refusalOf(ecr.send(new CompleteLayerUploadCommand({ ...NAME, uploadId, layerDigests })))).toEqual({
    name: 'LayerPartTooSmallException',
    status: 400,
    message: 'Layer parts must be at least 5 MiB in size.',
  })
})

test('refuses a layer that is empty, wrong, there already, or of no upload', async () => {
  await using front = await start()
  const ecr = front.ecr()
  const begin = async (blob?: Buffer): Promise<string | undefined> => {
    const { uploadId } = await ecr.send(new InitiateLayerUploadCommand(NAME))
    if (blob !== undefined)
      await ecr.send(
        new UploadLayerPartCommand({
          ...NAME,
          uploadId,
          partFirstByte: 0,
          partLastByte: blob.length - 1,
          layerPartBlob: blob,
        }),
      )
    return uploadId
  }
  const complete = (uploadId: string | undefined, digest: string): Promise<unknown> =>
    ecr.send(new CompleteLayerUploadCommand({ ...NAME, uploadId, layerDigests: [digest] }))
  await uploadLayer(ecr, Buffer.from('here'))
  const refusals = [
    await refusalOf(complete(await begin(), digestOf(''))),
    await refusalOf(complete(await begin(Buffer.from('x')), digestOf('y'))),
    await refusalOf(complete(await begin(Buffer.from('here')), digestOf('here'))),
    await refusalOf(complete('none', digestOf('x'))),
  ]
  expect(refusals.map(({ name }) => name)).toEqual([
    'EmptyUploadException',
    'InvalidLayerException',
    'LayerAlreadyExistsException',
    'UploadNotFoundException',
  ])
})

test('says of each layer whether it is there', async () => {
  await using front = await start()
  const ecr = front.ecr()
  const there = await uploadLayer(ecr, Buffer.from('here'))
  const layerDigests = [there, digestOf('gone'), 'sha256:xyz']
  const { layers, failures } = await ecr.send(new BatchCheckLayerAvailabilityCommand({ ...NAME, layerDigests }))
  expect(layers?.map(({ layerAvailability, layerSize }) => [layerAvailability, layerSize])).toEqual([
    ['AVAILABLE', 4],
    ['UNAVAILABLE', undefined],
  ])
  expect(failures).toMatchObject([{ layerDigest: 'sha256:xyz', failureCode: 'InvalidLayerDigest' }])
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

test('scans once a day and tells what the configuration says is found', async () => {
  await using front = await start({
    scanFindings: [
      { name: 'CVE-2026-1', severity: 'HIGH' },
      { name: 'CVE-2026-2', severity: 'LOW' },
    ],
  })
  const ecr = front.ecr()
  const digest = digestOf(await putImage(ecr, 'v1'))
  const imageId = { imageTag: 'v1' }
  const find = () => ecr.send(new DescribeImageScanFindingsCommand({ ...NAME, imageId }))
  expect(await refusalOf(find())).toMatchObject({
    name: 'ScanNotFoundException',
    message: expect.stringContaining(digest),
  })
  await ecr.send(new StartImageScanCommand({ ...NAME, imageId }))
  expect(await find()).toMatchObject({
    imageScanStatus: { status: 'COMPLETE' },
    imageScanFindings: {
      findingSeverityCounts: { HIGH: 1, LOW: 1 },
      findings: [{ name: 'CVE-2026-1' }, { name: 'CVE-2026-2' }],
    },
  })
  expect(await refusalOf(ecr.send(new StartImageScanCommand({ ...NAME, imageId })))).toMatchObject({
    name: 'LimitExceededException',
  })
})

test('scans on push where the repository does, and says how signing went', async () => {
  const signing = {
    signingProfileArn: `arn:aws:signer:${FRONT_REGION}:${HOME}:/signing-profiles/ci`,
    status: 'COMPLETE',
  } as const
  await using front = await start({ scanOnPush: true, signing })
  const ecr = front.ecr()
  await putImage(ecr, 'v1')
  const imageId = { imageTag: 'v1' }
  const found = await ecr.send(new DescribeImageScanFindingsCommand({ ...NAME, imageId }))
  expect(found.imageScanFindings?.findings).toEqual([])
  const { imageDetails } = await ecr.send(new DescribeImagesCommand(NAME))
  expect(imageDetails?.[0]?.imageScanStatus?.status).toBe('COMPLETE')
  const signed = await ecr.send(new DescribeImageSigningStatusCommand({ ...NAME, imageId }))
  expect(signed.signingStatuses).toEqual([signing])
})

import {
  BatchCheckLayerAvailabilityCommand,
  CompleteLayerUploadCommand,
  InitiateLayerUploadCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr'
import { expect, test } from 'vitest'
import { repositoryState } from '../registry/state.ts'
import { refusalOf } from './test-front.ts'
import { digestOf, HOST, MIB, NAME, start, uploadLayer } from './test-images.ts'

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

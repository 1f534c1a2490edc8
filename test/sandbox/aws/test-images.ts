import { createHash } from 'node:crypto'
import {
  BatchCheckLayerAvailabilityCommand,
  CompleteLayerUploadCommand,
  GetAuthorizationTokenCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr'
import type { ECRClient } from '@aws-sdk/client-ecr'
import type { EcrRepository } from '../config.ts'
import { throughProxy } from '../through-proxy.ts'
import type { RawAnswer } from '../through-proxy.ts'
import { account, FRONT_REGION, HOME, startFront } from './test-front.ts'
import type { Front } from './test-front.ts'

/** The repository of these tests, as calls name it. */
export const NAME = { repositoryName: 'team/app' }
/** Its registry. */
export const HOST = `${HOME}.dkr.ecr.${FRONT_REGION}.amazonaws.com`
export const MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json'
export const MIB = 1024 * 1024

export const digestOf = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** The sandbox with that repository. */
export const start = (change: Partial<EcrRepository> = {}): Promise<Front> =>
  startFront([account({ repositories: [{ region: FRONT_REGION, name: 'team/app', ...change }] })])

/** Uploads bytes as one layer, in parts of the given size. */
export const uploadLayer = async (ecr: ECRClient, bytes: Uint8Array, partSize = bytes.length): Promise<string> => {
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

/** An image manifest with this config of two bytes. */
export const manifestOf = (config: string, layers: readonly (readonly [string, number])[], note = ''): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPE,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 2 },
    layers: layers.map(([digest, size]) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size })),
    annotations: { note },
  })

/** Puts a small image by the API alone; gives its manifest. */
export const putImage = async (ecr: ECRClient, imageTag: string, note = ''): Promise<string> => {
  const config = digestOf('{}')
  const { layers } = await ecr.send(new BatchCheckLayerAvailabilityCommand({ ...NAME, layerDigests: [config] }))
  if (layers?.[0]?.layerAvailability !== 'AVAILABLE') await uploadLayer(ecr, Buffer.from('{}'))
  const imageManifest = manifestOf(config, [], note)
  await ecr.send(new PutImageCommand({ ...NAME, imageManifest, imageTag }))
  return imageManifest
}

/** Asks the registry itself, as who has logged in by the API. */
export const registryAsk = async (
  front: Front,
  path: string,
  init: { method?: string; headers?: object; body?: string } = {},
): Promise<RawAnswer> => {
  const { authorizationData } = await front.ecr().send(new GetAuthorizationTokenCommand({}))
  const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`
  return throughProxy(front.sandbox, {
    url: `https://${HOST}${path}`,
    ...init,
    headers: { authorization, ...init.headers },
  })
}

import { randomUUID } from 'node:crypto'
import { parseDigest } from '../registry/digest.ts'
import type { Digest } from '../registry/digest.ts'
import { classicEcrHost } from '../registry/ecr-hosts.ts'
import type { RegistryHost, Upload } from '../registry/repository.ts'
import { openHost, openRegistries } from '../registry/state.ts'
import type { World } from '../world.ts'
import { AwsFault } from './aws-fault.ts'
import { DIGEST, invalidParameter, optionalNumber, requiredText, textList } from './ecr-input.ts'
import { named, requireRepository } from './ecr-target.ts'
import type { RepositoryTarget } from './ecr-target.ts'
import type { JsonObject } from './json-object.ts'
import type { JsonOperation } from './json-operation.ts'

const SMALLEST_PART = 5 * 1024 * 1024
const LARGEST_PART = 20 * 1024 * 1024
/** What the API proposes as size of a part (example of its reference). */
const PROPOSED_PART = 10 * 1024 * 1024
const ANY_BYTE = { min: 0, max: Number.MAX_SAFE_INTEGER }
const LAYER_TYPE = 'application/vnd.docker.image.rootfs.diff.tar.gzip'
const ANY_TEXT = { pattern: /^[^]{0,1000}$/, shown: '.{0,1000}' }

/** Says of each layer whether the repository has it. [K] assumption: one that it lacks is UNAVAILABLE, not a failure. */
export const batchCheckLayerAvailability: JsonOperation = (world, call) => {
  const digests = textList(call.input, 'layerDigests', ANY_TEXT)
  if (digests.length === 0) throw invalidParameter('layerDigests', 'must have length greater than or equal to 1')
  const { content } = requireRepository(world, call, 'ecr:BatchCheckLayerAvailability')
  const valid = digests.filter((digest) => parseDigest(digest) !== undefined)
  return {
    layers: valid.map((layerDigest): JsonObject => {
      const layerSize = content.blobs.get(layerDigest)
      if (layerSize === undefined) return { layerDigest, layerAvailability: 'UNAVAILABLE' }
      return { layerDigest, layerAvailability: 'AVAILABLE', layerSize, mediaType: LAYER_TYPE }
    }),
    failures: digests
      .filter((digest) => !valid.includes(digest))
      .map((layerDigest) => ({
        layerDigest,
        failureCode: 'InvalidLayerDigest',
        failureReason: `Invalid request parameters: layer digest should satisfy the regex '${DIGEST.shown}'`,
      })),
  }
}

const hostOf = (world: World, { registry }: RepositoryTarget): RegistryHost => openHost(world, classicEcrHost(registry))

/** Begins an upload, the same kind that the registry's own POST begins. */
export const initiateLayerUpload: JsonOperation = (world, call) => {
  const target = requireRepository(world, call, 'ecr:InitiateLayerUpload')
  const id = randomUUID()
  const writer = openRegistries(world).store.begin()
  hostOf(world, target).uploads.set(id, { id, repository: target.name, writer, parts: [], state: '', busy: false })
  return { uploadId: id, partSize: PROPOSED_PART }
}

const findUpload = (world: World, target: RepositoryTarget, id: string): Upload => {
  const upload = hostOf(world, target).uploads.get(id)
  if (upload !== undefined && upload.repository === target.name && !upload.busy) return upload
  throw new AwsFault(
    'UploadNotFoundException',
    `The upload with id '${id}' does not exist in the repository with name '${target.name}' in the registry with id '${target.registry.account}'`,
  )
}

type Part = { readonly first: number; readonly last: number; readonly bytes: Buffer }

const readPart = (input: JsonObject): Part => {
  const first = optionalNumber(input, 'partFirstByte', ANY_BYTE)
  const last = optionalNumber(input, 'partLastByte', ANY_BYTE)
  if (first === undefined || last === undefined)
    throw invalidParameter(first === undefined ? 'partFirstByte' : 'partLastByte', 'must not be null')
  const bytes = Buffer.from(requiredText(input, 'layerPartBlob'), 'base64')
  if (bytes.length > LARGEST_PART)
    throw invalidParameter('layerPartBlob', `must have length less than or equal to ${LARGEST_PART}`)
  return { first, last, bytes }
}

/** Where a part does not go on from what has come, the answer says how far the upload is. */
const checkPlace = (target: RepositoryTarget, upload: Upload, { first, last, bytes }: Part): void => {
  if (first === upload.writer.size && last === first + bytes.length - 1) return
  const members = {
    registryId: target.registry.account,
    repositoryName: target.name,
    uploadId: upload.id,
    lastValidByteReceived: Math.max(0, upload.writer.size - 1),
  }
  throw new AwsFault(
    'InvalidLayerPartException',
    'The layer part does not follow on the last valid byte received.',
    members,
  )
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

/** Takes one part. */
export const uploadLayerPart: JsonOperation = async (world, call) => {
  const uploadId = requiredText(call.input, 'uploadId')
  const part = readPart(call.input)
  const target = requireRepository(world, call, 'ecr:UploadLayerPart')
  const upload = findUpload(world, target, uploadId)
  checkPlace(target, upload, part)
  upload.busy = true
  try {
    upload.parts.push(await upload.writer.append(once(part.bytes)))
  } finally {
    upload.busy = false
  }
  return { ...named(target), uploadId, lastByteReceived: part.last }
}

const readDigest = (input: JsonObject): Digest => {
  const [text, ...more] = textList(input, 'layerDigests', DIGEST)
  const digest = text === undefined || more.length > 0 ? undefined : parseDigest(text)
  if (digest === undefined) throw invalidParameter('layerDigests', 'must hold one digest')
  return digest
}

const checkParts = ({ parts }: Upload): void => {
  if (parts.length === 0) throw new AwsFault('EmptyUploadException', 'The upload has no layer part.')
  if (parts.slice(0, -1).some((size) => size < SMALLEST_PART))
    throw new AwsFault('LayerPartTooSmallException', 'Layer parts must be at least 5 MiB in size.')
}

/** Completes an upload: the whole must have the digest that the caller names. */
export const completeLayerUpload: JsonOperation = async (world, call) => {
  const uploadId = requiredText(call.input, 'uploadId')
  const digest = readDigest(call.input)
  const target = requireRepository(world, call, 'ecr:CompleteLayerUpload')
  const upload = findUpload(world, target, uploadId)
  checkParts(upload)
  if (target.content.blobs.has(digest.text))
    throw new AwsFault(
      'LayerAlreadyExistsException',
      `Layer with digest '${digest.text}' already exists in the repository.`,
    )
  hostOf(world, target).uploads.delete(uploadId)
  upload.writer.announce(digest.algorithm)
  const { size } = upload.writer
  if (!(await upload.writer.seal(digest)))
    throw new AwsFault('InvalidLayerException', `The layer's digest is not '${digest.text}'.`)
  target.content.blobs.set(digest.text, size)
  return { ...named(target), uploadId, layerDigest: digest.text }
}

import { findManifest } from '../registry/repository.ts'
import type { Repository, StoredManifest } from '../registry/repository.ts'
import { AwsFault } from './aws-fault.ts'
import { DIGEST, invalidParameter, objectList, optionalText } from './ecr-input.ts'
import type { RepositoryTarget } from './ecr-target.ts'
import type { JsonObject } from './json-object.ts'

/** How a call names an image: by tag, by digest, or by both. */
export type ImageId = { readonly imageTag?: string; readonly imageDigest?: string }

/** An image that was asked for, or why it is none. */
export type FoundImage =
  | { readonly id: ImageId; readonly manifest: StoredManifest }
  | { readonly id: ImageId; readonly failureCode: string; readonly failureReason: string }

const readId = (id: JsonObject): ImageId => {
  const imageTag = optionalText(id, 'imageTag')
  const imageDigest = optionalText(id, 'imageDigest')
  return { ...(imageTag === undefined ? {} : { imageTag }), ...(imageDigest === undefined ? {} : { imageDigest }) }
}

const MAX_IDS = 100

/** The images that a call names. */
export const readImageIds = (input: JsonObject, least: 0 | 1): readonly ImageId[] => {
  const ids = objectList(input, 'imageIds').map(readId)
  if (ids.length < least) throw invalidParameter('imageIds', 'must have length greater than or equal to 1')
  if (ids.length > MAX_IDS) throw invalidParameter('imageIds', `must have length less than or equal to ${MAX_IDS}`)
  return ids
}

/** The one image that a call names as `imageId`. */
export const readImageId = (input: JsonObject): ImageId => {
  const [id] = readImageIds({ imageIds: [input['imageId'] ?? {}] }, 1)
  if (id?.imageTag === undefined && id?.imageDigest === undefined)
    throw new AwsFault('InvalidParameterException', 'Invalid request parameters: both tag and digest cannot be null')
  return id
}

/** Looks an image up, with the failure codes of the API reference. */
export const findImage = (content: Repository, id: ImageId): FoundImage => {
  const fail = (failureCode: string, failureReason: string): FoundImage => ({ id, failureCode, failureReason })
  const { imageTag, imageDigest } = id
  if (imageTag === undefined && imageDigest === undefined)
    return fail('MissingDigestAndTag', 'Invalid request parameters: both tag and digest cannot be null')
  if (imageDigest !== undefined && !DIGEST.pattern.test(imageDigest))
    return fail(
      'InvalidImageDigest',
      `Invalid request parameters: image digest should satisfy the regex '${DIGEST.shown}'`,
    )
  const tagged = imageTag === undefined ? undefined : content.tags.get(imageTag)
  if (imageTag !== undefined && imageDigest !== undefined && tagged !== undefined && tagged !== imageDigest)
    return fail('ImageTagDoesNotMatchDigest', 'Tag does not match digest')
  const digest = imageTag === undefined ? imageDigest : tagged
  const manifest = digest === undefined ? undefined : findManifest(content, digest)
  return manifest === undefined ? fail('ImageNotFound', 'Requested image not found') : { id, manifest }
}

/** An image as the one that everything hangs on; refused when it is not there. */
export const requireImage = ({ content, registry, name }: RepositoryTarget, id: ImageId): StoredManifest => {
  const found = findImage(content, id)
  if ('manifest' in found) return found.manifest
  const { imageDigest = 'null', imageTag = 'null' } = id
  throw new AwsFault(
    'ImageNotFoundException',
    `The image with imageId {imageDigest:'${imageDigest}', imageTag:'${imageTag}'} does not exist within the repository with name '${name}' in the registry with id '${registry.account}'`,
  )
}

/** The tags of a manifest. */
export const tagsOf = ({ tags }: Repository, digest: string): readonly string[] =>
  [...tags].filter(([, tagged]) => tagged === digest).map(([tag]) => tag)

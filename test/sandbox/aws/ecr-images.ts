import { parseManifest } from '../registry/manifest-shape.ts'
import type { StoredManifest } from '../registry/repository.ts'
import { findImage, readImageIds, requireImage, tagsOf } from './ecr-image-ids.ts'
import type { FoundImage } from './ecr-image-ids.ts'
import { optionalObject, optionalWord, textList } from './ecr-input.ts'
import { nextOf, pageOf } from './ecr-paging.ts'
import { scanSummary } from './ecr-scan-state.ts'
import { named, requireRepository } from './ecr-target.ts'
import type { RepositoryTarget } from './ecr-target.ts'
import type { JsonObject } from './json-object.ts'
import type { JsonOperation } from './json-operation.ts'
import type { World } from '../world.ts'

const isFailure = (found: FoundImage): found is Extract<FoundImage, { failureCode: string }> => 'failureCode' in found

const shownFailure = ({
  id,
  failureCode,
  failureReason,
}: Extract<FoundImage, { failureCode: string }>): JsonObject => ({
  imageId: id,
  failureCode,
  failureReason,
})

/** [K] assumption: an image of a type that is not accepted is answered like one that is not there. */
const acceptable = (found: FoundImage, accepted: readonly string[]): FoundImage =>
  isFailure(found) || accepted.length === 0 || accepted.includes(found.manifest.mediaType)
    ? found
    : { id: found.id, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' }

/** Manifests by tag or digest; what is not there is a failure inside an answer of HTTP 200. */
export const batchGetImage: JsonOperation = (world, call) => {
  const ids = readImageIds(call.input, 1)
  const accepted = textList(call.input, 'acceptedMediaTypes', { pattern: /^.{1,256}$/, shown: '.{1,256}' })
  const target = requireRepository(world, call, 'ecr:BatchGetImage')
  const found = ids.map((id) => acceptable(findImage(target.content, id), accepted))
  return {
    images: found.flatMap((one) => (isFailure(one) ? [] : [showImage(target, one)])),
    failures: found.filter(isFailure).map(shownFailure),
  }
}

/** An image with its manifest. */
export const showImage = (
  target: RepositoryTarget,
  { id, manifest }: Extract<FoundImage, { manifest: object }>,
): JsonObject => ({
  ...named(target),
  imageId: { imageDigest: manifest.digest, ...(id.imageTag === undefined ? {} : { imageTag: id.imageTag }) },
  imageManifest: manifest.bytes.toString('utf8'),
  imageManifestMediaType: manifest.mediaType,
})

const STATUSES = ['TAGGED', 'UNTAGGED', 'ANY'] as const

const tagFilter = (input: JsonObject): ((tags: readonly string[]) => boolean) => {
  const status = optionalWord(optionalObject(input, 'filter') ?? {}, 'tagStatus', STATUSES) ?? 'ANY'
  return (tags) => status === 'ANY' || (status === 'TAGGED') === tags.length > 0
}

/** Every tag, and every manifest without one. */
export const listImages: JsonOperation = (world, call) => {
  const wanted = tagFilter(call.input)
  const { content } = requireRepository(world, call, 'ecr:ListImages')
  const all = [...content.manifests.keys()].flatMap((imageDigest): JsonObject[] => {
    const tags = tagsOf(content, imageDigest)
    if (!wanted(tags)) return []
    return tags.length === 0 ? [{ imageDigest }] : tags.map((imageTag) => ({ imageDigest, imageTag }))
  })
  const page = pageOf(call.input, all)
  return { imageIds: page.items, ...nextOf(page) }
}

const sizeOf = ({ bytes, mediaType }: StoredManifest): number =>
  parseManifest(bytes, mediaType).blobs.reduce((sum, { size }) => sum + size, 0)

const detail = (world: World, target: RepositoryTarget, manifest: StoredManifest): JsonObject => {
  const imageTags = tagsOf(target.content, manifest.digest)
  return {
    ...named(target),
    imageDigest: manifest.digest,
    ...(imageTags.length === 0 ? {} : { imageTags }),
    imageSizeInBytes: sizeOf(manifest),
    imagePushedAt: (manifest.pushedAt ?? world.clock.now()) / 1000,
    imageManifestMediaType: manifest.mediaType,
    ...(manifest.artifactType === undefined ? {} : { artifactMediaType: manifest.artifactType }),
    ...(manifest.subject === undefined ? {} : { subjectManifestDigest: manifest.subject }),
    imageStatus: 'ACTIVE',
    ...scanSummary(world, target, manifest),
  }
}

/** Images with what the registry knows of them. */
export const describeImages: JsonOperation = (world, call) => {
  const ids = readImageIds(call.input, 0)
  const wanted = tagFilter(call.input)
  const target = requireRepository(world, call, 'ecr:DescribeImages')
  const { content } = target
  const all =
    ids.length > 0
      ? [...new Set(ids.map((id) => requireImage(target, id)))]
      : [...content.manifests.values()].filter(({ digest }) => wanted(tagsOf(content, digest)))
  const page = ids.length > 0 ? { items: all } : pageOf(call.input, all)
  return { imageDetails: page.items.map((manifest) => detail(world, target, manifest)), ...nextOf(page) }
}

/** Whether an index of the repository names the image: then it cannot go alone. */
const isReferenced = ({ content }: RepositoryTarget, digest: string): boolean =>
  [...content.manifests.values()].some(({ bytes, mediaType }) =>
    parseManifest(bytes, mediaType).children.some((child) => child.digest === digest),
  )

const deleteOne = (target: RepositoryTarget, found: FoundImage): FoundImage => {
  if (isFailure(found)) return found
  const { content } = target
  const { id, manifest } = found
  if (id.imageTag !== undefined) content.tags.delete(id.imageTag)
  if (id.imageTag !== undefined && tagsOf(content, manifest.digest).length > 0) return found
  if (isReferenced(target, manifest.digest)) {
    if (id.imageTag !== undefined) return found
    return {
      id,
      failureCode: 'ImageReferencedByManifestList',
      failureReason: 'Requested image is referenced by a manifest list',
    }
  }
  for (const tag of tagsOf(content, manifest.digest)) content.tags.delete(tag)
  content.manifests.delete(manifest.digest)
  return found
}

/** Deletes by tag (the image goes with its last tag) or by digest (with all its tags). */
export const batchDeleteImage: JsonOperation = (world, call) => {
  const ids = readImageIds(call.input, 1)
  const target = requireRepository(world, call, 'ecr:BatchDeleteImage')
  const done = ids.map((id) => deleteOne(target, findImage(target.content, id)))
  return {
    imageIds: done.flatMap((one) => (isFailure(one) ? [] : [{ ...one.id, imageDigest: one.manifest.digest }])),
    failures: done.filter(isFailure).map(shownFailure),
  }
}

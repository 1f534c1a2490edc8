import { digestOf } from '../registry/digest.ts'
import { isImmutableTag } from '../registry/ecr-repositories.ts'
import { immutableTag } from '../registry/ecr-texts.ts'
import { parseManifest } from '../registry/manifest-shape.ts'
import type { ManifestShape } from '../registry/manifest-shape.ts'
import { RegistryRefusal } from '../registry/refusal.ts'
import type { StoredManifest } from '../registry/repository.ts'
import { AwsFault } from './aws-fault.ts'
import { showImage } from './ecr-images.ts'
import { DIGEST, invalidParameter, optionalText, requiredText, TAG } from './ecr-input.ts'
import { requireRepository } from './ecr-target.ts'
import type { RepositoryTarget } from './ecr-target.ts'
import { isObject } from './json-object.ts'
import type { JsonObject } from './json-object.ts'
import type { JsonOperation } from './json-operation.ts'

type Put = {
  readonly bytes: Buffer
  readonly digest: string
  readonly shape: ManifestShape
  readonly tag: string | undefined
}

const typeInside = (text: string): string | undefined => {
  try {
    const body: unknown = JSON.parse(text)
    return isObject(body) && typeof body['mediaType'] === 'string' ? body['mediaType'] : undefined
  } catch {
    return undefined
  }
}

const shapeOf = (bytes: Buffer, mediaType: string | undefined): ManifestShape => {
  try {
    return parseManifest(bytes, mediaType)
  } catch (error) {
    if (error instanceof RegistryRefusal) throw invalidParameter('ImageManifest', 'Invalid JSON syntax or manifest')
    throw error
  }
}

const readPut = (input: JsonObject): Put => {
  const text = requiredText(input, 'imageManifest')
  const bytes = Buffer.from(text)
  const digest = digestOf(bytes)
  const named = optionalText(input, 'imageDigest', DIGEST)
  if (named !== undefined && named !== digest)
    throw new AwsFault('ImageDigestDoesNotMatchException', `The digest '${named}' is not the digest of the image.`)
  const shape = shapeOf(bytes, optionalText(input, 'imageManifestMediaType') ?? typeInside(text))
  return { bytes, digest, shape, tag: optionalText(input, 'imageTag', TAG) }
}

/** Layers and images that a manifest names have to be in the repository. */
const checkReferences = ({ content, name, registry }: RepositoryTarget, shape: ManifestShape): void => {
  const where = `required for pushing image into repository with name '${name}' in the registry with id '${registry.account}' do not exist`
  const layers = shape.blobs.filter(({ digest }) => !content.blobs.has(digest)).map(({ digest }) => digest)
  if (layers.length > 0)
    throw new AwsFault('LayersNotFoundException', `Layers with digests '[${layers.join(', ')}]' ${where}`)
  const images = shape.children.filter(({ digest }) => !content.manifests.has(digest)).map(({ digest }) => digest)
  if (images.length > 0)
    throw new AwsFault('ReferencedImagesNotFoundException', `Images with digests '[${images.join(', ')}]' ${where}`)
}

/** The same image under the same tag is an error here, where the registry takes it; another one under a fixed tag always is. */
const checkTag = (target: RepositoryTarget, { digest, tag }: Put): void => {
  const { content, repository, name, registry } = target
  const current = tag === undefined ? undefined : content.tags.get(tag)
  const isThere = tag === undefined ? content.manifests.has(digest) : current === digest
  if (isThere)
    throw new AwsFault(
      'ImageAlreadyExistsException',
      `Image with digest '${digest}' and tag '${tag ?? 'null'}' already exists in the repository with name '${name}' in registry with id '${registry.account}'`,
    )
  if (tag !== undefined && current !== undefined && isImmutableTag(repository, tag))
    throw new AwsFault('ImageTagAlreadyExistsException', immutableTag(name, tag))
}

/** Keeps a manifest, and moves a tag to it. */
export const putImage: JsonOperation = (world, call) => {
  const put = readPut(call.input)
  const target = requireRepository(world, call, 'ecr:PutImage')
  checkTag(target, put)
  checkReferences(target, put.shape)
  const { mediaType, subject, artifactType, annotations } = put.shape
  const manifest: StoredManifest = {
    digest: put.digest,
    mediaType,
    bytes: put.bytes,
    pushedAt: world.clock.now(),
    ...(subject === undefined ? {} : { subject }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  }
  target.content.manifests.set(put.digest, manifest)
  if (put.tag !== undefined) target.content.tags.set(put.tag, put.digest)
  return { image: showImage(target, { id: put.tag === undefined ? {} : { imageTag: put.tag }, manifest }) }
}

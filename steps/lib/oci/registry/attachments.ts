import { stepError } from '../../core/errors.ts'
import type { Digest } from '../digest.ts'
import { loadImage, type Image, type Manifest } from '../image.ts'
import { manifestKind } from '../media-types.ts'
import { listReferrers } from './list-referrers.ts'
import { getManifest } from './manifests.ts'
import { inParallel } from '../parallel.ts'
import { referrersTag } from './referrers.ts'
import type { RegistryClient } from './registry-client.ts'
import { manifestSource } from './registry-source.ts'

/** What belongs to an image without being named by it: a signature, an SBOM, an attestation. */
export type Attachment = {
  readonly image: Image
  /** The tag by which it is found; undefined for what is found by its `subject`. */
  readonly tag: string | undefined
}

/** Far above what anybody attaches to one image. */
const mostAttachments = 1000

const lookUpsAtOnce = 8

/** cosign finds what it attached before there were referrers by the tag `sha256-<hex>` with one of these at its end (cosign, SPEC.md). */
const cosignEndings = ['sig', 'att', 'sbom'] as const

/**
 * All that is attached to an image, to each image in an index, and to what is attached itself. In the order in which it was found: each after what
 * it is attached to. Throws REGISTRY_*, LAYOUT_*, NETWORK_*.
 */
export async function findAttachments(client: RegistryClient, image: Image): Promise<readonly Attachment[]> {
  const found = new Map<string, Attachment>()
  const seen = new Set<Digest>([image.root, ...image.children].map(({ descriptor }) => descriptor.digest))
  let subjects: readonly Digest[] = [...seen]
  while (subjects.length > 0) {
    const attached = (
      await inParallel(subjects, lookUpsAtOnce, client.signal, async (subject, signal) =>
        attachedTo(client.until(signal), subject),
      )
    ).flat()
    const fresh: Digest[] = []
    for (const attachment of attached) {
      found.set(nameOf(attachment), attachment)
      for (const { descriptor } of [attachment.image.root, ...attachment.image.children]) {
        if (!seen.has(descriptor.digest)) fresh.push(descriptor.digest)
        seen.add(descriptor.digest)
      }
    }
    if (found.size > mostAttachments) throw tooMany(client, image)
    subjects = fresh
  }
  return [...found.values()]
}

function nameOf({ image, tag }: Attachment): string {
  return tag ?? image.root.descriptor.digest
}

async function attachedTo(client: RegistryClient, subject: Digest): Promise<readonly Attachment[]> {
  const attachments: Attachment[] = []
  for (const { digest } of await listReferrers(client, subject)) {
    const manifest = await getManifest(client, digest)
    // A list may name what was deleted since: that is attached no more.
    if (manifest !== undefined) attachments.push(await load(client, manifest, undefined))
  }
  for (const ending of cosignEndings) {
    const tag = `${referrersTag(subject)}.${ending}`
    const manifest = await getManifest(client, tag)
    if (manifest !== undefined) attachments.push(await load(client, manifest, tag))
  }
  return attachments
}

async function load(client: RegistryClient, manifest: Manifest, tag: string | undefined): Promise<Attachment> {
  const { mediaType, digest } = manifest.descriptor
  if (manifestKind(mediaType) === undefined) {
    const { registry, repository } = client
    const where = { registry, repository, reference: tag ?? digest, 'media-type': mediaType }
    throw stepError('REGISTRY_IMAGE_UNSUPPORTED', { ...where, supported: 'an OCI image manifest or index' })
  }
  return { image: await loadImage(manifestSource(client, manifest)), tag }
}

function tooMany({ registry, repository }: RegistryClient, { root }: Image) {
  const reason = `more than ${mostAttachments} manifests are attached to ${root.descriptor.digest}`
  return stepError('REGISTRY_REFERRERS_INVALID', { tag: root.descriptor.digest, registry, repository, reason })
}

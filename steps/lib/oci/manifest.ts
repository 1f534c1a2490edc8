import { readDescriptor, type Descriptor } from './descriptor.ts'
import { Json } from './json.ts'
import { manifestKind, manifestTypes } from './media-types.ts'

/** What a manifest says of itself, for registries that keep no list of referrers (distribution-spec, "Listing Referrers"). */
export type ManifestFacts = {
  /** The manifest that this one is about; it need not be in the source. */
  readonly subject?: Descriptor
  /** Its `artifactType`; where an image manifest has none, the type of its config. */
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** What a manifest names: for an image its config and layers, for an index the manifests in it. */
export type ManifestContent = {
  readonly manifests: readonly Descriptor[]
  /** Config first. */
  readonly blobs: readonly Descriptor[]
  readonly facts: ManifestFacts
}

/** Registries must take manifests of 4 MiB (distribution-spec, "Pushing Manifests"); above that most refuse. */
export const maxManifestBytes: number = 4 * 1024 * 1024

/** Reads the manifest that `descriptor` names; throws JsonFault. */
export function readManifest(bytes: Uint8Array, descriptor: Descriptor): ManifestContent {
  const json = Json.parse(bytes)
  checkHead(json, descriptor.mediaType)
  if (manifestKind(descriptor.mediaType) === 'index')
    return { manifests: readManifestList(json), blobs: [], facts: readFacts(json) }
  const config = readDescriptor(json.field('config'))
  // Go programs write an image without layers as `null`.
  const layers = (json.optional('layers')?.items() ?? []).map(readDescriptor)
  return { manifests: [], blobs: [config, ...layers], facts: readFacts(json, config.mediaType) }
}

/** The entries of an index, each a manifest or an index of a type that can be pushed; throws JsonFault. */
export function readManifestList(index: Json): readonly Descriptor[] {
  return index.field('manifests').items().map(readManifestDescriptor)
}

function readManifestDescriptor(json: Json): Descriptor {
  const descriptor = readDescriptor(json)
  if (manifestKind(descriptor.mediaType) === undefined)
    json.field('mediaType').refuse(`one of ${manifestTypes.join(', ')}`)
  return descriptor
}

function readFacts(json: Json, configType = ''): ManifestFacts {
  const subject = json.optional('subject')
  const own = json.optional('artifactType')?.string() ?? ''
  const artifactType = own === '' ? configType : own
  const annotations = json.optional('annotations')?.strings()
  return {
    ...(subject === undefined ? {} : { subject: readDescriptor(subject) }),
    ...(artifactType === '' ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  }
}

/**
 * A manifest says itself what it is, or leaves it to its descriptor. One that reads as both kinds means different things to different
 * readers, so that what was scanned need not be what runs (CVE-2021-41190): refused.
 */
function checkHead(json: Json, mediaType: string): void {
  const version = json.field('schemaVersion')
  if (version.size() !== 2) version.refuse('2')
  const own = json.optional('mediaType')
  if (own !== undefined && own.string() !== mediaType) own.refuse(`${mediaType}, as its descriptor says`)
  const foreign = manifestKind(mediaType) === 'index' ? ['config', 'layers'] : ['manifests']
  for (const name of [...foreign, 'fsLayers']) json.optional(name)?.refuse(`nothing in a ${mediaType}`)
}

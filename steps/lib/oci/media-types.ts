/** The types that are made here: all others come from the image as it was built. */
export const imageManifestType = 'application/vnd.oci.image.manifest.v1+json'
export const imageIndexType = 'application/vnd.oci.image.index.v1+json'
export const imageConfigType = 'application/vnd.oci.image.config.v1+json'

/** What the types of manifests hold: one image, or a list of manifests. Docker's types are the same documents under older names. */
const manifestKinds: ReadonlyMap<string, 'manifest' | 'index'> = new Map([
  [imageManifestType, 'manifest'],
  [imageIndexType, 'index'],
  ['application/vnd.docker.distribution.manifest.v2+json', 'manifest'],
  ['application/vnd.docker.distribution.manifest.list.v2+json', 'index'],
])

/** Layers that their licence keeps out of other registries (image-spec layer.md, "Non-Distributable Layers"). */
const nonDistributable: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
])

/** Types of the file system's layers, as opposed to the content of other artifacts. */
const fileSystemLayers: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.diff.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
  'application/vnd.docker.image.rootfs.diff.tar.zstd',
])

/** Types of an image's config, which says the image's platform. */
const imageConfigs: ReadonlySet<string> = new Set([imageConfigType, 'application/vnd.docker.container.image.v1+json'])

/** Whether a blob of this type is a layer of a container's file system. */
export function isFileSystemLayer(mediaType: string): boolean {
  return fileSystemLayers.has(mediaType)
}

/** Whether a blob of this type is the config of a container image. */
export function isImageConfig(mediaType: string): boolean {
  return imageConfigs.has(mediaType)
}

/** What a manifest of this type holds; undefined for every other type, Docker's schema 1 among them. */
export function manifestKind(mediaType: string): 'manifest' | 'index' | undefined {
  return manifestKinds.get(mediaType)
}

/** Whether a layer of this type must not be pushed. */
export function isNonDistributable(mediaType: string): boolean {
  return nonDistributable.has(mediaType)
}

/** The manifest types that can be pushed, for messages. */
export const manifestTypes: readonly string[] = [...manifestKinds.keys()]

/** `Accept` of every look-up of a manifest: without it registries convert to, or only know, schema 1. */
export const manifestAccept: string = manifestTypes.join(', ')

import { defineErrors } from './row.ts'

/** The image in the workspace. */
export const layoutRows = defineErrors({
  LAYOUT_NOT_FOUND: {
    exit: 64,
    retry: 'never',
    what: 'There is no OCI image layout and no image archive at <path>: <reason>.',
    remedy:
      'The workspace source with the param path must name the folder that holds oci-layout, index.json and blobs/, or an archive of it, or one that docker save wrote. buildah push IMAGE oci:DIR, docker buildx build --output type=oci,dest=FILE and kaniko --oci-layout-path or --tarPath write them.',
  },
  LAYOUT_UNREADABLE: {
    exit: 74,
    retry: 'never',
    what: '<file> of the image cannot be read: <reason>.',
    remedy:
      'EACCES: another user wrote it and keeps it to itself. Let the build end with chmod -R a+rX on the layout or archive, or give the pod an fsGroup. Anything else is a fault of the volume.',
  },
  LAYOUT_INVALID: {
    exit: 64,
    retry: 'never',
    what: '<file> of the image is not what its specification says: <reason>.',
    remedy: 'Build the image anew. Nothing was pushed.',
  },
  LAYOUT_AMBIGUOUS: {
    exit: 64,
    retry: 'never',
    what: 'There are <count> images at <path>, and nothing says which one to push: <images>.',
    remedy:
      'Name one of them, by name or digest, with the param source-ref, or write only one image or one multi-platform index there.',
  },
  LAYOUT_REF_UNKNOWN: {
    exit: 64,
    retry: 'never',
    what: 'No image at <path> is named <ref>. There are: <images>.',
    remedy: 'Give the param source-ref one of these names or digests. With only one image there it can be left out.',
  },
  LAYOUT_PLATFORM_UNKNOWN: {
    exit: 64,
    retry: 'never',
    what: 'The image at <path> is not there for <platforms>. It is there for: <available>.',
    remedy:
      'Give the param platforms only what the build makes, as os/arch or os/arch/variant, or build the image for the others too. Nothing was pushed.',
  },
  LAYOUT_BLOB_MISSING: {
    exit: 64,
    retry: 'never',
    what: 'The image lacks <count> of the blobs that it names: <digests>.',
    remedy:
      'The build wrote an incomplete image (a --platform filter leaves such indexes, and so does docker save where only one platform was pulled). Build it anew, or name with the param platforms those that are there. Nothing was pushed.',
  },
  LAYOUT_BLOB_CHANGED: {
    exit: 64,
    retry: 'never',
    what: 'The blob <digest> of the image is not what its descriptor says: <reason>.',
    remedy: 'The image is damaged, or is being written while it is read. Build it anew. Nothing was tagged.',
  },
  LAYOUT_LINK_OUTSIDE: {
    exit: 64,
    retry: 'never',
    what: '<file> is no regular file inside the image layout or archive: <reason>.',
    remedy:
      'Links and names that lead out of it, devices and pipes are never read: they could publish a secret of the pod. Build the image anew.',
  },
  LAYOUT_ARCHIVE_INVALID: {
    exit: 64,
    retry: 'never',
    what: 'The archive <path> cannot be read: <reason>.',
    remedy:
      'It must be a whole tar archive as buildah, skopeo, docker or kaniko write it: plain, or compressed with gzip or zstd. Write it anew, and let the build end before it is read. Nothing was pushed.',
  },
  LAYOUT_ARCHIVE_LEGACY: {
    exit: 64,
    retry: 'never',
    what: 'The archive <path> is in the form that docker save had before Docker 1.10: it has layers, but no manifest.json.',
    remedy:
      'Nothing in it says what the layers must be, so it cannot be checked. Load it and save it anew with a newer Docker, or copy it: skopeo copy docker-daemon:IMAGE oci-archive:FILE.',
  },
  LAYOUT_LAYER_MISMATCH: {
    exit: 64,
    retry: 'never',
    what: '<file> in the archive is not the layer that the config of the image names: <reason>.',
    remedy: 'The archive is damaged, or was put together by hand. Write it anew. Nothing was pushed.',
  },
  LAYOUT_SCRATCH_MISSING: {
    exit: 64,
    retry: 'never',
    what: '<need>, and the step has no folder for temporary files.',
    remedy:
      'Write an uncompressed archive into the workspace, with the param compression set to none, or give the step a scratch volume (an emptyDir).',
  },
  LAYOUT_SCRATCH_FAILED: {
    exit: 74,
    retry: 'never',
    what: 'A temporary file in <folder> cannot be written: <reason>.',
    remedy:
      'ENOSPC or EDQUOT: the scratch volume must hold the whole image; raise its sizeLimit. EACCES or EROFS: the step must be allowed to write there. Without need of it: an OCI layout or an uncompressed OCI archive.',
  },
})

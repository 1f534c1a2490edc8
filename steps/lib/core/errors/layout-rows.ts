import { defineErrors } from './row.ts'

/** The image in the workspace. */
export const layoutRows = defineErrors({
  LAYOUT_NOT_FOUND: {
    exit: 64,
    retry: 'never',
    what: 'There is no OCI image layout at <path>: <reason>.',
    remedy:
      'The workspace source with the param path must name the folder that holds oci-layout, index.json and blobs/. buildah push IMAGE oci:DIR, docker buildx build --output type=oci,tar=false,dest=DIR and kaniko --oci-layout-path write one.',
  },
  LAYOUT_UNREADABLE: {
    exit: 74,
    retry: 'never',
    what: '<file> of the image layout cannot be read: <reason>.',
    remedy:
      'EACCES: another user wrote it and keeps it to itself. Let the build end with chmod -R a+rX on the layout, or give the pod an fsGroup. Anything else is a fault of the volume.',
  },
  LAYOUT_INVALID: {
    exit: 64,
    retry: 'never',
    what: '<file> of the image layout is not what the OCI specification says: <reason>.',
    remedy: 'Build the image anew. Nothing was pushed.',
  },
  LAYOUT_AMBIGUOUS: {
    exit: 64,
    retry: 'never',
    what: 'The image layout at <path> holds <count> images, and nothing says which one to push: <images>.',
    remedy: 'Write a layout that holds one image or one multi-platform index.',
  },
  LAYOUT_BLOB_MISSING: {
    exit: 64,
    retry: 'never',
    what: 'The image layout lacks <count> of the blobs that it names: <digests>.',
    remedy:
      'The build wrote an incomplete layout (a --platform filter leaves such indexes). Build it anew. Nothing was pushed.',
  },
  LAYOUT_BLOB_CHANGED: {
    exit: 64,
    retry: 'never',
    what: 'The blob <digest> in the image layout is not what its descriptor says: <reason>.',
    remedy: 'The layout is damaged, or is being written while it is read. Build the image anew. Nothing was tagged.',
  },
  LAYOUT_LINK_OUTSIDE: {
    exit: 64,
    retry: 'never',
    what: '<file> is no regular file inside the image layout: <reason>.',
    remedy:
      'Links that leave the layout, devices and pipes are never read: they could publish a secret of the pod. Build the image anew.',
  },
})

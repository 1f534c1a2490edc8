import { defineErrors } from './row.ts'

/** The folder that an image is written into. */
export const storeRows = defineErrors({
  STORE_REFUSED: {
    exit: 64,
    retry: 'never',
    what: 'Nothing is written into <file>: <reason>.',
    remedy:
      'Name with the param path a folder that is empty, that is not there yet, or that holds an OCI image layout (as an earlier pull left it). Links are never followed: they could lead a write out of the workspace.',
  },
  STORE_FAILED: {
    exit: 74,
    retry: 'never',
    what: '<file> cannot be written: <reason>.',
    remedy:
      'ENOSPC or EDQUOT: the volume must hold the whole image. EACCES or EROFS: the step must be allowed to write there; give the pod an fsGroup. What is there already is kept, and used by the next run.',
  },
})

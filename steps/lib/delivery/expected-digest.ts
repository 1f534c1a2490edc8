import { stepError } from '../core/errors.ts'
import type { Descriptor } from '../oci/descriptor.ts'

/** Refuses an image of another digest than was asked for, before anything is taken from it. Throws REGISTRY_IMAGE_UNEXPECTED. */
export function requireDigest({ digest }: Descriptor, expected: string | undefined, image: string): void {
  if (expected === undefined || expected === digest) return
  throw stepError('REGISTRY_IMAGE_UNEXPECTED', { image, 'expected digest': expected, 'digest there': digest })
}

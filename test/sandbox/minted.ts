import { BoundedSet } from './bounded.ts'
import type { MintedSecrets } from './world.ts'

/** The book of every secret that the sandbox handed out, or of the last `limit` of them. An empty string would be found everywhere, so it is a bug. */
export function createMintedSecrets(limit = Number.POSITIVE_INFINITY): MintedSecrets {
  const all = new BoundedSet<string>(limit)
  return {
    all,
    add: (secret) => {
      if (secret === '') throw new Error('an empty string was booked as a secret')
      all.add(secret)
    },
  }
}

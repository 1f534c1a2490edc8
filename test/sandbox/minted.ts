import type { MintedSecrets } from './world.ts'

/** The book of every secret that the sandbox handed out. An empty string would be found everywhere, so it is a bug. */
export function createMintedSecrets(): MintedSecrets {
  const all = new Set<string>()
  return {
    all,
    add: (secret) => {
      if (secret === '') throw new Error('an empty string was booked as a secret')
      all.add(secret)
    },
  }
}

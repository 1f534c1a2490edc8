import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'

/** A digest that has passed the grammar, split in its two halves. */
export type Digest = { readonly algorithm: DigestAlgorithm; readonly encoded: string; readonly text: string }
export type DigestAlgorithm = 'sha256' | 'sha512'

/** The registered algorithms of image-spec descriptor.md and the length of their lower-case hex. */
const HEX_LENGTH: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 }

/** Whether the registries know the algorithm; any other is refused as spec.md "Pushing blobs" asks. */
export const isDigestAlgorithm = (text: string): text is DigestAlgorithm => Object.hasOwn(HEX_LENGTH, text)

/** The digest that the text spells, or undefined when it spells none that this registry can check. */
export const parseDigest = (text: string): Digest | undefined => {
  const colon = text.indexOf(':')
  const algorithm = text.slice(0, colon)
  const encoded = text.slice(colon + 1)
  if (colon < 1 || !isDigestAlgorithm(algorithm)) return undefined
  return encoded.length === HEX_LENGTH[algorithm] && /^[0-9a-f]+$/.test(encoded)
    ? { algorithm, encoded, text }
    : undefined
}

/** Starts a running hash. */
export const startHash = (algorithm: DigestAlgorithm): Hash => createHash(algorithm)

/** The digest of bytes that are at hand, as `algorithm:hex`. */
export const digestOf = (bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): string =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`

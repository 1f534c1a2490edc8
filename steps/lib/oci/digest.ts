import { createHash } from 'node:crypto'

/** A content digest as the OCI image specification writes it, such as `sha256:<64 hex digits>`. */
export type Digest = `${'sha256' | 'sha512'}:${string}`

/** Registered algorithms (image-spec descriptor.md, "Registered algorithms"): lower case hex only. */
const grammar = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

/** The digest in a text, or undefined when the text is none. */
export function parseDigest(text: string): Digest | undefined {
  return isDigest(text) ? text : undefined
}

/** The SHA-256 digest of bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** Where a blob of this digest lies inside an image layout (image-spec image-layout.md, "Blobs"). */
export function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`
}

function isDigest(text: string): text is Digest {
  return grammar.test(text)
}

import { parseDigest, type Digest } from './digest.ts'
import type { Json } from './json.ts'

/** Names content by type, digest and exact size (image-spec descriptor.md). */
export type Descriptor = {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
}

/** Reads one descriptor. Only sha256 can be pushed: registries need not know any other algorithm. Throws JsonFault. */
export function readDescriptor(json: Json): Descriptor {
  const digest = json.field('digest')
  const parsed = parseDigest(digest.string())
  if (parsed?.startsWith('sha512:') === true) return digest.refuse('a sha256 digest, because ECR and ACR know no other')
  if (parsed === undefined) return digest.refuse('sha256: and 64 lower case hex digits')
  return { mediaType: json.field('mediaType').string(), digest: parsed, size: json.field('size').size() }
}

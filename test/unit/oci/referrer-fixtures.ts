import { digestOf } from '../../../steps/lib/oci/digest.ts'
import type { Manifest } from '../../../steps/lib/oci/image.ts'
import { referrersTag } from '../../../steps/lib/oci/registry/referrers.ts'
import { startFakeRegistry, type FakeRegistry, type Intercept } from './fake-registry.ts'
import { blob, indexType, manifestType } from './fixtures.ts'

/** The image that all referrers of the tests refer to, and the tag of their list. */
export const subject = { mediaType: manifestType, digest: digestOf(Buffer.from('the image')), size: 9 }
export const tag = referrersTag(subject.digest)

/** A manifest that refers to {@link subject}. */
export function referrer(name: string, more: Omit<Manifest, 'descriptor' | 'bytes'>): Manifest {
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config: blob, layers: [], subject, name }),
  )
  return {
    descriptor: { mediaType: manifestType, digest: digestOf(bytes), size: bytes.length },
    bytes,
    subject,
    ...more,
  }
}

/** An entry that another client wrote for this text. */
export function entryOf(text: string) {
  return { mediaType: manifestType, digest: digestOf(Buffer.from(text)), size: text.length }
}

/** A fake where these manifests are already, and whatever a list may name. */
export async function startWith(...referrers: Manifest[]): Promise<FakeRegistry> {
  const registry = await startFakeRegistry()
  const known = [...referrers.map((one) => one.descriptor), ...['sbom', 'index'].map(entryOf)]
  for (const { mediaType, digest } of known) registry.manifests.set(digest, { mediaType, bytes: Buffer.from('{}') })
  return registry
}

/** An index nested so deep that it can be read, but not written again. */
export function deepList(depth: number): { mediaType: string; bytes: Buffer } {
  const deep = '['.repeat(depth) + ']'.repeat(depth)
  return { mediaType: indexType, bytes: Buffer.from(`{"mediaType":"${indexType}","manifests":[],"deep":${deep}}`) }
}

/** An index as it is stored, with these members. */
export function list(document: object): { mediaType: string; bytes: Buffer } {
  return { mediaType: indexType, bytes: Buffer.from(JSON.stringify({ mediaType: indexType, ...document })) }
}

/** Puts an index under the tag. */
export function storeList(registry: FakeRegistry, document: object): void {
  const stored = list(document)
  const digest = digestOf(stored.bytes)
  registry.manifests.set(digest, stored)
  registry.tags.set(tag, digest)
}

/** What stands under the tag. */
export function listIn(registry: FakeRegistry): { manifests: { digest: string }[] } {
  return JSON.parse(String(registry.manifests.get(registry.tags.get(tag) ?? '')?.bytes))
}

/** Answers look-ups of referrers. */
export function onReferrers(reply: (response: Parameters<Intercept>[2]) => true): Intercept {
  return (seen, _request, response) => seen.path.includes('/referrers/') && reply(response)
}

/** Does something after each of the first writes of the tag, before it is read again. */
export function afterWrites(registry: FakeRegistry, times: number, act: () => void): void {
  let written = 0
  let left = times
  registry.intercept = ({ method }) => {
    if (method === 'PUT') written += 1
    else if (written > 0 && left > 0) {
      written = 0
      left -= 1
      act()
    }
    return false
  }
}

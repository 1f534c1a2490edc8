import { expectDigest, expectStatus, storedDigest } from './answers.ts'
import type { Digest } from './digest.ts'
import { head } from './head.ts'
import type { Manifest } from './image.ts'
import { manifestAccept } from './media-types.ts'
import type { RegistryClient } from './registry-client.ts'

/** A manifest that is on the registry, with its digest where the registry says it. */
export type StoredManifest = { readonly digest: Digest | undefined }

/** Looks for a manifest by tag or digest; undefined when the registry has none. */
export async function headManifest(client: RegistryClient, reference: string): Promise<StoredManifest | undefined> {
  const asked = { operation: 'headManifest', ...named(reference) } as const
  const found = await head(client, `manifests/${reference}`, asked, { accept: manifestAccept })
  return found === undefined ? undefined : { digest: storedDigest(found) }
}

/** Stores a manifest, byte for byte, under a tag or under its digest. Blobs and manifests that it names must be there before. */
export async function putManifest(client: RegistryClient, reference: string, manifest: Manifest): Promise<void> {
  const { mediaType, digest } = manifest.descriptor
  const asked = { operation: 'putManifest', mediaType, ...named(reference), digest } as const
  const url = client.url(`manifests/${reference}`)
  await client.patiently(async () => {
    const response = await client.send({
      method: 'PUT',
      url,
      headers: { 'content-type': mediaType },
      body: manifest.bytes,
    })
    expectStatus(client, response, asked, 201, 202)
    expectDigest(client, response, manifest.descriptor)
  })
}

/** A reference as errors name it: a tag never holds a colon, a digest always does. */
function named(reference: string): { tag: string } | { digest: string } {
  return reference.includes(':') ? { digest: reference } : { tag: reference }
}

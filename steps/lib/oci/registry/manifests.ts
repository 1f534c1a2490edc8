import type { HttpResponse } from '../../http/client.ts'
import { answerInvalid, expectDigest, expectStatus, storedDigest } from './answers.ts'
import { digestOf, parseDigest, type Digest } from '../digest.ts'
import { head } from './head.ts'
import type { Manifest } from '../image.ts'
import { maxManifestBytes } from '../manifest.ts'
import { manifestAccept } from '../media-types.ts'
import type { RegistryClient } from './registry-client.ts'

const reasons = {
  size: `it is larger than ${maxManifestBytes} bytes`,
  differs: (got: Digest, says: Digest) => `it has the digest ${got}, not ${says} as the registry says`,
  asked: (got: Digest) => `it has the digest ${got}`,
  type: 'it has no media type',
} as const

/** A manifest that is on the registry, with its digest where the registry says it. */
export type StoredManifest = { readonly digest: Digest | undefined }

/** Looks for a manifest by tag or digest; undefined when the registry has none. */
export async function headManifest(client: RegistryClient, reference: string): Promise<StoredManifest | undefined> {
  const asked = { operation: 'headManifest', ...named(reference) } as const
  const found = await head(client, `manifests/${reference}`, asked, { accept: manifestAccept })
  return found === undefined ? undefined : { digest: storedDigest(found) }
}

/**
 * Reads a manifest by tag or digest, at most 4 MiB; undefined when the registry has none. Its digest is made of the bytes that came, and
 * is what was asked for and what the registry says, or it throws REGISTRY_ANSWER_INVALID.
 */
export async function getManifest(client: RegistryClient, reference: string): Promise<Manifest | undefined> {
  const asked = { operation: 'getManifest', ...named(reference) } as const
  return await client.patiently(async () => {
    const url = client.url(`manifests/${reference}`)
    const response = await client.send({ method: 'GET', url, headers: { accept: manifestAccept } })
    expectStatus(client, response, asked, 200, 404)
    if (response.status === 404) return undefined
    const fault = faultOf(response, reference)
    if (fault !== undefined) throw answerInvalid(client, asked, fault)
    const bytes = response.body
    return { descriptor: { mediaType: mediaTypeOf(response), digest: digestOf(bytes), size: bytes.length }, bytes }
  })
}

/** What is wrong with an answer that should hold a manifest. Only sha256 is compared: nothing else is ever asked for. */
function faultOf(response: HttpResponse, reference: string): string | undefined {
  if (response.body.length > maxManifestBytes) return reasons.size
  if (mediaTypeOf(response) === '') return reasons.type
  const got = digestOf(response.body)
  const says = storedDigest(response)
  if (says?.startsWith('sha256:') === true && says !== got) return reasons.differs(got, says)
  return parseDigest(reference) === undefined || reference === got ? undefined : reasons.asked(got)
}

function mediaTypeOf(response: HttpResponse): string {
  return (response.headers['content-type'] ?? '').split(';')[0]?.trim() ?? ''
}

/**
 * Stores a manifest, byte for byte, under a tag or under its digest. Blobs and manifests that it names must be there before.
 * Says whether the registry keeps the list of what refers to its `subject` by itself (distribution-spec, `OCI-Subject`).
 */
export async function putManifest(
  client: RegistryClient,
  reference: string,
  manifest: Manifest,
): Promise<{ readonly keepsSubject: boolean }> {
  const { mediaType, digest } = manifest.descriptor
  const asked = { operation: 'putManifest', mediaType, ...named(reference), digest } as const
  const url = client.url(`manifests/${reference}`)
  return await client.patiently(async () => {
    const response = await client.send({
      method: 'PUT',
      url,
      headers: { 'content-type': mediaType },
      body: manifest.bytes,
    })
    expectStatus(client, response, asked, 201, 202)
    expectDigest(client, response, manifest.descriptor)
    return { keepsSubject: response.headers['oci-subject'] !== undefined }
  })
}

/** A reference as errors name it: a tag never holds a colon, a digest always does. */
function named(reference: string): { tag: string } | { digest: string } {
  return reference.includes(':') ? { digest: reference } : { tag: reference }
}

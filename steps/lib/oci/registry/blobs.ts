import { stepError } from '../../core/errors.ts'
import type { StreamBody } from '../../http/stream-body.ts'
import { answerInvalid, expectDigest, expectStatus, locationOf } from './answers.ts'
import type { Descriptor } from '../descriptor.ts'
import type { Digest } from '../digest.ts'
import { lookingForRepository } from './dropped-start.ts'
import { head } from './head.ts'
import { countedBody, silent, type Progress } from './progress.ts'
import type { AskedHere, RegistryClient } from './registry-client.ts'

const reasons = { location: 'it names no place for the upload' } as const

/** Big blobs are moved to their place before the registry answers, in silence: longer than other requests may be silent. */
const commitIdleMs = 300_000

/** Whether the registry has a blob in this repository. */
export async function headBlob(client: RegistryClient, digest: Digest): Promise<boolean> {
  const found = await head(client, `blobs/${digest}`, { operation: 'headBlob', digest })
  return found !== undefined
}

/**
 * Uploads one blob in one piece: POST, then PUT of all bytes (distribution-spec, "POST then PUT"). Not in chunks: ECR has only
 * lately learnt them (aws/containers-roadmap #2831). A failed attempt gives up its upload and begins anew.
 */
export async function uploadBlob(
  client: RegistryClient,
  blob: Descriptor,
  body: StreamBody,
  progress: Progress = silent,
): Promise<void> {
  const start = lookingForRepository(client, () => startUpload(client, blob.digest))
  await client.patiently(async () => {
    const counted = countedBody(body, progress)
    const upload = await start()
    try {
      await putBlob(client, upload, blob, counted.body)
    } catch (error) {
      counted.takeBack()
      await client.abandon(upload)
      throw error
    }
  })
}

/**
 * Proves that a push would be let in, for a dry run: begins an upload and gives it up. Throws what the push would throw.
 * On ECR this may create the repository, where a template says so: ask whether it exists before.
 */
export async function probePush(client: RegistryClient): Promise<void> {
  await client.patiently(async () => {
    await client.abandon(await startUpload(client))
  })
}

/**
 * Takes a blob over from another repository of the same registry (distribution-spec, "Mounting a blob from another repository"). False when the
 * registry does not do that, for whatever reason: it may be switched off (ECR, BLOB_MOUNTING), or pulling there may not be allowed.
 */
export async function mountBlob(client: RegistryClient, digest: Digest, from: string): Promise<boolean> {
  const url = client.url('blobs/uploads/')
  url.search = `?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`
  return await client.patiently(async () => {
    const response = await client.send({ method: 'POST', url })
    // What says "not now" is asked again; every other answer but 201 says no.
    if (response.status === 429 || response.status >= 500)
      throw client.refusal(response, { operation: 'mount', digest })
    if (response.status === 201) return true
    const upload = response.status === 202 ? locationOf(response, url) : undefined
    if (upload !== undefined && isOwnPlace(client, upload)) await client.abandon(upload)
    return false
  })
}

async function startUpload(client: RegistryClient, digest?: Digest): Promise<URL> {
  const url = client.url('blobs/uploads/')
  const asked: AskedHere = { operation: 'startUpload', ...(digest === undefined ? {} : { digest }) }
  const response = await client.send({ method: 'POST', url })
  expectStatus(client, response, asked, 202, 201)
  const location = locationOf(response, url)
  if (location === undefined) throw answerInvalid(client, asked, reasons.location)
  if (!isOwnPlace(client, location)) {
    throw stepError('REGISTRY_LOCATION_FOREIGN', { registry: client.registry, host: location.host })
  }
  return location
}

/** The credential goes to exactly one place. A user name in the URL would become a credential of its own. */
function isOwnPlace(client: RegistryClient, place: URL): boolean {
  return place.origin === client.origin && place.username === '' && place.password === ''
}

async function putBlob(client: RegistryClient, upload: URL, blob: Descriptor, body: StreamBody): Promise<void> {
  const url = new URL(upload)
  // The query is the registry's own state, often signed: it is added to as text, never parsed and written anew.
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(blob.digest)}`
  const headers = { 'content-type': 'application/octet-stream' }
  const response = await client.send({ method: 'PUT', url, headers, body, idleMs: commitIdleMs })
  // 202 is wrong here, but ECR is known to mix the two up.
  expectStatus(client, response, { operation: 'upload', digest: blob.digest }, 201, 202)
  expectDigest(client, response, blob)
}

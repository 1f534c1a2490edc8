import type { HttpResponse } from '../../http/client.ts'
import { Json, JsonFault } from '../json.ts'
import { readManifestList } from '../manifest.ts'
import { imageIndexType } from '../media-types.ts'
import { stepError } from '../../core/errors.ts'
import { answerInvalid, locationIn } from './answers.ts'
import type { Descriptor } from '../descriptor.ts'
import type { Digest } from '../digest.ts'
import { getManifest } from './manifests.ts'
import { referrersTag, withoutReferrersApi } from './referrers.ts'
import type { RegistryClient } from './registry-client.ts'

const mostPages = 100

const reasons = {
  pages: `it goes on for more than ${mostPages} pages`,
  foreign: 'its next page is on another host',
} as const

/**
 * What refers to a manifest, by the registry's own list, or where it keeps none by the tag that clients write (distribution-spec, "Listing
 * Referrers"). Throws REGISTRY_*, NETWORK_*.
 */
export async function listReferrers(client: RegistryClient, subject: Digest): Promise<readonly Descriptor[]> {
  const listed = await askForList(client, subject)
  return listed ?? (await readTaggedList(client, referrersTag(subject)))
}

async function askForList(client: RegistryClient, subject: Digest): Promise<readonly Descriptor[] | undefined> {
  const found: Descriptor[] = []
  let url: URL | undefined = client.url(`referrers/${subject}`)
  for (let page = 0; url !== undefined; page += 1) {
    const answer = await askForPage(client, url, subject)
    if (answer === undefined) return page === 0 ? undefined : found
    found.push(...readList(client, answer, subject))
    if (page === mostPages) throw answerInvalid(client, { operation: 'getReferrers' }, reasons.pages)
    url = nextPage(client, answer, url)
  }
  return found
}

/** Undefined where the registry has no such API; some answer with a page of HTML. */
async function askForPage(client: RegistryClient, url: URL, digest: Digest): Promise<HttpResponse | undefined> {
  return await client.patiently(async () => {
    const response = await client.send({ method: 'GET', url, headers: { accept: imageIndexType } })
    if (withoutReferrersApi.includes(response.status)) return undefined
    if (response.status !== 200) throw client.refusal(response, { operation: 'getReferrers', digest })
    const type = (response.headers['content-type'] ?? '').split(';')[0]?.trim()
    return type === imageIndexType ? response : undefined
  })
}

function readList(client: RegistryClient, { body }: HttpResponse, digest: Digest): readonly Descriptor[] {
  try {
    const json = Json.parse(body)
    return json.optional('manifests') === undefined ? [] : readManifestList(json)
  } catch (error) {
    if (error instanceof JsonFault) throw answerInvalid(client, { operation: 'getReferrers', digest }, error.message)
    throw error
  }
}

/** RFC 8288: `Link: </v2/…>; rel="next"`. The credential goes there too, so it must be the registry itself. */
function nextPage(client: RegistryClient, answer: HttpResponse, from: URL): URL | undefined {
  const [, target] = /<([^>]+)>\s*;[^,]*rel="?next"?/i.exec(answer.headers['link'] ?? '') ?? []
  if (target === undefined) return undefined
  const url = locationIn(target, from)
  if (url?.origin === client.origin && url.username === '' && url.password === '') return url
  throw answerInvalid(client, { operation: 'getReferrers' }, reasons.foreign)
}

async function readTaggedList(client: RegistryClient, tag: string): Promise<readonly Descriptor[]> {
  const stored = await getManifest(client, tag)
  if (stored === undefined) return []
  const { registry, repository } = client
  const invalid = (reason: string) => stepError('REGISTRY_REFERRERS_INVALID', { tag, registry, repository, reason })
  const { mediaType } = stored.descriptor
  if (mediaType !== imageIndexType) throw invalid(`it is a ${mediaType}`)
  try {
    return readManifestList(Json.parse(stored.bytes))
  } catch (error) {
    throw error instanceof JsonFault ? invalid(error.message) : error
  }
}

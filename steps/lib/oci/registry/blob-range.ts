import { stepError } from '../../core/errors.ts'
import type { HttpDownload, HttpResponse } from '../../http/client.ts'
import type { Descriptor } from '../descriptor.ts'
import { answerInvalid, locationOf } from './answers.ts'
import type { AskedHere, RegistryClient } from './registry-client.ts'

const mostRedirects = 5

const reasons = {
  redirect: (host: string) => `it leads to ${host} in a way that is not followed`,
  redirects: `it leads on more than ${mostRedirects} times`,
  range: (got: string) => `it gave the range ${got}`,
} as const

/**
 * Opens a blob from one of its bytes on. A registry that knows no ranges gives all of it: what was there already is passed over. Throws
 * REGISTRY_*, NETWORK_*.
 */
export async function openBlobAt(
  client: RegistryClient,
  blob: Descriptor,
  position: number,
): Promise<AsyncGenerator<Buffer>> {
  const asked: AskedHere = { operation: 'getBlob', digest: blob.digest }
  const answer = await follow(client, blob, position)
  if (!('stream' in answer)) throw refusalOf(client, answer, asked)
  if (answer.status === 200) return position === 0 ? answer.stream : after(answer.stream, position)
  const range = answer.headers['content-range'] ?? ''
  if (Number(/^bytes (\d{1,15})-/.exec(range)?.[1] ?? -1) === position) return answer.stream
  // Nobody has begun to read: its stream could not end it.
  answer.discard()
  throw answerInvalid(client, asked, reasons.range(range))
}

/**
 * Registries keep blobs elsewhere and redirect to signed links. The credential stays with the registry, and each attempt asks it for a link of
 * its own.
 */
async function follow(
  client: RegistryClient,
  { digest }: Descriptor,
  position: number,
): Promise<HttpDownload | HttpResponse> {
  const headers = position === 0 ? {} : { range: `bytes=${position}-` }
  let url = client.url(`blobs/${digest}`)
  let answer = await client.download({ method: 'GET', url, headers })
  for (let hops = 0; 'body' in answer && isRedirect(answer); hops += 1) {
    const invalid = (reason: string) => answerInvalid(client, { operation: 'getBlob', digest }, reason)
    if (hops === mostRedirects) throw invalid(reasons.redirects)
    const target = locationOf(answer, url)
    if (target === undefined || !isFollowed(target, url)) throw invalid(reasons.redirect(target?.host ?? 'no place'))
    url = target
    const request = { method: 'GET', url, headers } as const
    answer = target.origin === client.origin ? await client.download(request) : await client.downloadBare(request)
  }
  return answer
}

function isRedirect({ status, headers }: HttpResponse): boolean {
  return status >= 300 && status < 400 && headers['location'] !== undefined
}

/** Plain HTTP only from a registry that is itself on plain HTTP: one on loopback, in tests. A user name in the URL would become a credential. */
function isFollowed(target: URL, from: URL): boolean {
  if (target.username !== '' || target.password !== '') return false
  return target.protocol === 'https:' || target.protocol === from.protocol
}

function refusalOf(client: RegistryClient, answer: HttpResponse, asked: AskedHere) {
  const { registry, repository } = client
  const digest = asked.digest ?? ''
  if (answer.status === 404) return stepError('REGISTRY_BLOB_MISSING', { registry, repository, digest })
  if (answer.status === 416)
    return stepError('REGISTRY_BLOB_DIFFERS', { registry, digest, reason: 'it is shorter than its manifest says' })
  if (answer.status < 400) return answerInvalid(client, asked, `HTTP ${answer.status}`)
  return client.refusal(answer, asked)
}

/** All but the first bytes. */
async function* after(stream: AsyncGenerator<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes
  for await (const chunk of stream) {
    if (left < chunk.length) yield chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}

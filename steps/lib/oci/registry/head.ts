import { StepError } from '../../core/errors.ts'
import type { HttpResponse } from '../../http/client.ts'
import { expectStatus, locationOf } from './answers.ts'
import type { AskedHere, RegistryClient } from './registry-client.ts'

/** Looks whether something is on the registry; undefined when it is not. */
export async function head(
  client: RegistryClient,
  path: string,
  asked: AskedHere,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpResponse | undefined> {
  const url = client.url(path)
  return await client.patiently(async () => {
    const response = await client.send({ method: 'HEAD', url, headers })
    if (response.status >= 300 && response.status < 400) return await follow(client, url, response)
    expectStatus(client, response, asked, 200, 404)
    return response.status === 200 ? response : undefined
  })
}

/**
 * Registries keep blobs elsewhere and redirect to signed URLs, which often allow GET only. So what cannot be confirmed there counts as absent:
 * at worst a blob is uploaded again. The credential stays behind.
 */
async function follow(client: RegistryClient, url: URL, response: HttpResponse): Promise<HttpResponse | undefined> {
  const target = locationOf(response, url)
  // Plain HTTP only from a registry that is itself on plain HTTP: one on loopback, in tests.
  if (target === undefined || (target.protocol !== 'https:' && target.protocol !== url.protocol)) return undefined
  try {
    const answer = await client.sendBare({ method: 'HEAD', url: target })
    return answer.status >= 200 && answer.status < 300 ? response : undefined
  } catch (error) {
    if (error instanceof StepError) return undefined
    throw error
  }
}

import { createHash } from 'node:crypto'
import { parseEcrHost } from '../../../steps/lib/aws/ecr-host.ts'
import type { HttpRequest } from '../../../steps/lib/http/client.ts'
import { ecrAccess, type EcrAccess } from '../../../steps/lib/federation/ecr-access.ts'
import { example } from '../../sandbox/example-cloud.ts'
import type { Federated } from './federated.ts'

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

/** Access to the example's repository. */
export function accessTo(cloud: Federated): EcrAccess {
  const registry = parseEcrHost(example.ecrHost)
  if (registry === undefined) throw new Error('the example has no registry')
  return ecrAccess(cloud.federation, { ...cloud.target(), registry, repository: example.repository })
}

/** Pushes an image of nothing into the example's repository, as one platform or as an index; gives its digest. */
export async function pushImage(
  cloud: Federated,
  access: EcrAccess,
  kind: 'image' | 'index' = 'image',
): Promise<string> {
  const base = `https://${example.ecrHost}/v2/${example.repository}`
  const send = async (request: Pick<HttpRequest, 'method' | 'headers' | 'body'>, url: string) => {
    const authorization = await access.authorization()
    const answer = await cloud.federation.services.http.send({ ...request, url: new URL(url), authorization })
    if (answer.status >= 300) throw new Error(`${url}: ${answer.status} ${answer.body.toString('utf8')}`)
    return answer
  }
  const config = '{}'
  const { headers } = await send({ method: 'POST' }, `${base}/blobs/uploads/`)
  await send({ method: 'PUT', body: config }, `${headers['location']}?digest=${digestOf(config)}`)
  const put = async (mediaType: string, members: object): Promise<string> => {
    const body = JSON.stringify({ schemaVersion: 2, mediaType, ...members })
    await send({ method: 'PUT', headers: { 'content-type': mediaType }, body }, `${base}/manifests/${digestOf(body)}`)
    return digestOf(body)
  }
  const described = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(config), size: 2 }
  if (kind === 'index') return await put('application/vnd.oci.image.index.v1+json', { manifests: [] })
  return await put('application/vnd.oci.image.manifest.v1+json', { config: described, layers: [] })
}

import { createHash } from 'node:crypto'
import type { HttpClient } from '../../steps/lib/http/client.ts'
import type { RegistryAccess } from '../../steps/lib/federation/registry-access.ts'

/** What was pulled and found to be what its digest says. */
export type Pulled = { readonly digest: string; readonly blobs: number; readonly bytes: number }

type Pull = {
  readonly http: HttpClient
  readonly access: RegistryAccess
  readonly host: string
  readonly repository: string
  readonly reference: string
}

/** Pulls an image and everything below it, hashing every byte. Throws when anything is not what its digest says. */
export async function pullBack(pull: Pull): Promise<Pulled> {
  const bytes = await get(pull, `manifests/${pull.reference}`)
  const digest = digestOf(bytes)
  const manifest = JSON.parse(bytes.toString('utf8')) as {
    manifests?: Descriptor[]
    config?: Descriptor
    layers?: Descriptor[]
  }
  let pulled: Pulled = { digest, blobs: 0, bytes: bytes.length }
  for (const child of manifest.manifests ?? []) {
    const below = await pullBack({ ...pull, reference: child.digest })
    requireDigest(child.digest, below.digest)
    pulled = { digest, blobs: pulled.blobs + below.blobs, bytes: pulled.bytes + below.bytes }
  }
  for (const blob of [manifest.config, ...(manifest.layers ?? [])]) {
    if (blob === undefined) continue
    const content = await get(pull, `blobs/${blob.digest}`)
    requireDigest(blob.digest, digestOf(content))
    pulled = { digest, blobs: pulled.blobs + 1, bytes: pulled.bytes + content.length }
  }
  return pulled
}

type Descriptor = { digest: string }

async function get({ http, access, host, repository }: Pull, path: string): Promise<Buffer> {
  const url = new URL(`https://${host}/v2/${repository}/${path}`)
  const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json'
  const answer = await http.send({
    method: 'GET',
    url,
    headers: { accept },
    authorization: await access.authorization(),
  })
  const { location } = answer.headers
  // Blobs come from a storage host, which must never see the registry's credential.
  const final =
    answer.status === 307 && location !== undefined
      ? await http.send({ method: 'GET', url: new URL(location, url) })
      : answer
  if (final.status !== 200) throw new Error(`${path}: HTTP ${final.status}`)
  return final.body
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function requireDigest(wanted: string, got: string): void {
  if (wanted !== got) throw new Error(`asked for ${wanted}, got ${got}`)
}

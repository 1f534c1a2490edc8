import { digestOf } from './digest.ts'
import type { Loopback, Reply } from './loopback.ts'

/** Media types of the two kinds of OCI manifests. */
export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json'

export type SampleDescriptor = { readonly mediaType: string; readonly digest: string; readonly size: number }

/** A descriptor of these bytes. */
export const describeBytes = (mediaType: string, bytes: string | Uint8Array): SampleDescriptor => ({
  mediaType,
  digest: digestOf(bytes),
  size: Buffer.byteLength(bytes),
})

/** A manifest over blobs, with more members where a test wants them. */
export const imageManifest = (config: string, layers: readonly string[], more: object = {}): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: describeBytes('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map((layer) => describeBytes('application/vnd.oci.image.layer.v1.tar', layer)),
    ...more,
  })

/** Who pushes where. */
export type Target = {
  readonly server: Pick<Loopback, 'ask'>
  readonly repository: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Begins an upload and gives path and query of its Location. */
export const beginUpload = async ({ server, repository, headers = {} }: Target): Promise<string> => {
  const begun = await server.ask('POST', `/v2/${repository}/blobs/uploads/`, {
    headers: { ...headers, 'Content-Length': 0 },
  })
  if (begun.status !== 202) throw new Error(`POST answered ${begun.status}: ${begun.text}`)
  return locationPath(begun)
}

/** Path and query of a reply's Location: the tests' server stands under another name than the registry's. */
export const locationPath = (reply: Reply): string => {
  const url = new URL(reply.headers.location ?? '', 'https://registry.example')
  return url.pathname + url.search
}

/** Appends the digest to a Location, which may have a query already. */
export const withDigest = (location: string, digest: string): string =>
  `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`

/** Pushes one blob as POST and PUT. */
export const pushBlob = async (target: Target, body: string | Uint8Array): Promise<Reply> =>
  target.server.ask('PUT', withDigest(await beginUpload(target), digestOf(body)), {
    body,
    headers: { ...target.headers, 'Content-Type': 'application/octet-stream' },
  })

/** Pushes a manifest under a tag or digest. */
export const putManifest = (target: Target, reference: string, body: string, type = MANIFEST_TYPE): Promise<Reply> =>
  target.server.ask('PUT', `/v2/${target.repository}/manifests/${reference}`, {
    body,
    headers: { ...target.headers, 'Content-Type': type },
  })

/** Pushes config, layers and manifest; gives the manifest's reply. */
export const pushImage = async (target: Target, tag: string, layers: readonly string[] = ['layer']): Promise<Reply> => {
  for (const blob of ['{}', ...layers]) await pushBlob(target, blob)
  return putManifest(target, tag, imageManifest('{}', layers))
}

/** The first error of a registry's answer. */
export const errorOf = (
  reply: Reply,
): { readonly code: unknown; readonly message: unknown; readonly detail: unknown } => {
  const errors = memberOf(reply.json(), 'errors')
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined
  return { code: memberOf(first, 'code'), message: memberOf(first, 'message'), detail: memberOf(first, 'detail') }
}

/** A member of a parsed JSON object; undefined when there is none. */
export const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

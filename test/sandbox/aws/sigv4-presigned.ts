import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { canonicalHeader } from './sigv4-header.ts'
import type { SignatureHeader } from './sigv4-header.ts'

/** What the query of a presigned URL says of its signature. */
export type PresignedQuery = SignatureHeader & { readonly amzDate: string; readonly sessionToken: string }

const CREDENTIAL = /^([A-Z0-9]{16,128})\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request$/

/** Parameters that a presigned URL must have, each once. */
const NEEDED = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-SignedHeaders', 'X-Amz-Signature'] as const

/** Whether the request brings its signature in its query. */
export const isPresigned = (request: IncomingMessage): boolean => queryOf(request).includes('X-Amz-Signature=')

/** Reads the query; undefined when a part is missing, doubled or of another form. */
export const readPresigned = (request: IncomingMessage): PresignedQuery | undefined => {
  const params = new URLSearchParams(queryOf(request))
  if (NEEDED.some((name) => params.getAll(name).length !== 1)) return undefined
  const [, accessKeyId, date, region, service] = CREDENTIAL.exec(params.get('X-Amz-Credential') ?? '') ?? []
  const expires = params.get('X-Amz-Expires') ?? ''
  const signature = params.get('X-Amz-Signature') ?? ''
  if (accessKeyId === undefined || date === undefined || region === undefined || service === undefined) return undefined
  if (params.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256' || !/^[0-9a-f]{64}$/.test(signature)) return undefined
  if (!/^[1-9]\d{0,5}$/.test(expires)) return undefined
  return {
    accessKeyId,
    date,
    region,
    service,
    signature,
    signedHeaders: params.get('X-Amz-SignedHeaders')?.split(';') ?? [],
    amzDate: params.get('X-Amz-Date') ?? '',
    sessionToken: params.get('X-Amz-Security-Token') ?? '',
  }
}

/** The canonical request of a presigned URL: the query as it was sent, sorted, without the signature; no body. */
export const presignedCanonical = (request: IncomingMessage, signedHeaders: readonly string[]): string => {
  const query = queryOf(request)
    .split('&')
    .filter((pair) => !pair.startsWith('X-Amz-Signature='))
    .toSorted((a, b) => (a < b ? -1 : 1))
  return [
    request.method ?? '',
    (request.url ?? '/').split('?')[0] ?? '/',
    query.join('&'),
    ...signedHeaders.map((name) => `${name}:${canonicalHeader(request, name)}`),
    '',
    signedHeaders.join(';'),
    createHash('sha256').update('').digest('hex'),
  ].join('\n')
}

const queryOf = ({ url = '' }: IncomingMessage): string => (url.includes('?') ? url.slice(url.indexOf('?') + 1) : '')

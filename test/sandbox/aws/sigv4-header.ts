import type { IncomingMessage } from 'node:http'

/** What an `Authorization: AWS4-HMAC-SHA256 …` header says. */
export type SignatureHeader = {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

const PREFIX = 'AWS4-HMAC-SHA256 '
const CREDENTIAL = /^([A-Z0-9]{16,128})\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request$/

/** Parses the header; undefined when a part is missing, doubled or of another form. */
export const parseSignatureHeader = (header: string): SignatureHeader | undefined => {
  if (!header.startsWith(PREFIX)) return undefined
  const parts = header
    .slice(PREFIX.length)
    .split(',')
    .map((part) => part.trim().split('='))
  const fields = new Map(parts.map(([name, ...value]) => [name, value.join('=')]))
  const [, accessKeyId, date, region, service] = CREDENTIAL.exec(fields.get('Credential') ?? '') ?? []
  const signedHeaders = fields.get('SignedHeaders')?.split(';') ?? []
  const signature = fields.get('Signature') ?? ''
  if (accessKeyId === undefined || date === undefined || region === undefined || service === undefined) return undefined
  if (parts.length !== 3 || !/^[0-9a-f]{64}$/.test(signature) || signedHeaders.length === 0) return undefined
  return { accessKeyId, date, region, service, signedHeaders, signature }
}

/** The value of one header as the canonical request has it: trimmed, runs of blanks made one. */
export const canonicalHeader = (request: IncomingMessage, name: string): string => {
  const value = request.headers[name]
  const joined = Array.isArray(value) ? value.join(',') : (value ?? '')
  return joined.trim().replace(/ +/g, ' ')
}

/** The headers that a signature must cover: `host`, the date and each other `x-amz-` header that the request has. */
export const headersToSign = (request: IncomingMessage): readonly string[] => [
  ...new Set(['host', 'x-amz-date', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'))]),
]

import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { canonicalHeader } from './sigv4-header.ts'
import type { SignatureHeader } from './sigv4-header.ts'

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()

/** Percent-encoding of Signature Version 4: everything but the unreserved characters, in capitals. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

// Services other than S3 sign the path with each segment encoded once more than on the wire; S3 reads it and encodes it anew.
const canonicalPath = (path: string, service: string): string =>
  path
    .split('/')
    .map((part) => encode(service === 's3' ? decode(part) : part))
    .join('/')

const canonicalQuery = (query: string): string =>
  query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return `${encode(decode(name))}=${encode(decode(value.join('=')))}`
    })
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join('&')

/** The canonical request of Signature Version 4 for what really arrived: headers as sent, hash of the body as read. */
export const canonicalRequest = (
  request: IncomingMessage,
  body: Buffer,
  { signedHeaders, service }: Pick<SignatureHeader, 'signedHeaders' | 'service'>,
): string => {
  const [path = '/', ...query] = (request.url ?? '/').split('?')
  return [
    request.method ?? '',
    canonicalPath(path, service),
    canonicalQuery(query.join('?')),
    ...signedHeaders.map((name) => `${name}:${canonicalHeader(request, name)}`),
    '',
    signedHeaders.join(';'),
    sha256(body),
  ].join('\n')
}

/** The signature that a holder of the secret key makes for a canonical request. */
export const expectedSignature = (
  header: SignatureHeader,
  secretAccessKey: string,
  signed: { readonly canonical: string; readonly amzDate: string },
): string => {
  const scope = `${header.date}/${header.region}/${header.service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', signed.amzDate, scope, sha256(signed.canonical)].join('\n')
  const key = [header.date, header.region, header.service, 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${secretAccessKey}`,
  )
  return hmac(key, toSign).toString('hex')
}

/** Hex SHA-256 of a body, to compare with `x-amz-content-sha256`. */
export const bodyHash = (body: Buffer): string => sha256(body)

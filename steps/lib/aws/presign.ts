import { createHash, createHmac } from 'node:crypto'
import { Secret } from '../core/secret.ts'
import type { AwsSession } from './session.ts'

/** One call of STS that whoever holds its URL can make in the session's name. */
export type PresignedCall = {
  /** Of the regional STS endpoint. */
  readonly host: string
  readonly region: string
  readonly session: AwsSession
  /** Headers that the caller must send, and that are signed: names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Epoch milliseconds. */
  readonly now: number
}

const algorithm = 'AWS4-HMAC-SHA256'
const service = 'sts'

/**
 * The URL of GetCallerIdentity with its signature in the query (AWS Signature Version 4, "authenticating requests: query parameters"). The SDK's own
 * signer comes in a package of its own that would be there for this alone.
 */
export function presignCallerIdentity(call: PresignedCall): Secret {
  const date = new Date(call.now).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const scope = `${date.slice(0, 8)}/${call.region}/${service}/aws4_request`
  const headers = Object.entries({ ...call.headers, host: call.host }).toSorted(([one], [other]) =>
    one < other ? -1 : 1,
  )
  const signedHeaders = headers.map(([name]) => name).join(';')
  const query = queryOf({
    Action: 'GetCallerIdentity',
    Version: '2011-06-15',
    'X-Amz-Algorithm': algorithm,
    'X-Amz-Credential': `${call.session.accessKeyId}/${scope}`,
    'X-Amz-Date': date,
    // Of no effect on STS, which takes such a URL for 15 minutes; it is what AWS's own clients send.
    'X-Amz-Expires': '60',
    'X-Amz-Security-Token': call.session.sessionToken.reveal(),
    'X-Amz-SignedHeaders': signedHeaders,
  })
  const canonical = [
    'GET',
    '/',
    query,
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    signedHeaders,
    sha256(''),
  ]
  const signature = sign([algorithm, date, scope, sha256(canonical.join('\n'))].join('\n'), scope, call.session)
  return new Secret(`https://${call.host}/?${query}&X-Amz-Signature=${signature}`)
}

/** Names are in the order of their bytes, as the canonical form wants them. */
function queryOf(params: Readonly<Record<string, string>>): string {
  return Object.entries(params)
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .toSorted()
    .join('&')
}

/** All but the unreserved characters. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
}

function sign(text: string, scope: string, { secretAccessKey }: AwsSession): string {
  const secret = `AWS4${secretAccessKey.reveal()}`
  const key = scope.split('/').reduce<string | Buffer>((held, part) => hmac(held, part), secret)
  return hmac(key, text).toString('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

import { Secret } from '../core/secret.ts'
import type { AwsSession } from './session.ts'
import { algorithm, amzDate, byName, canonicalQuery, encoded, scopeOf, sha256, signCanonical } from './signature.ts'

/** One request to a service of AWS. */
export type UnsignedRequest = {
  /** As the service is called in scopes: `ecs`, `lambda`, `s3`. */
  readonly service: string
  readonly region: string
  readonly method: string
  readonly url: URL
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly session: AwsSession
  /** Epoch milliseconds. */
  readonly now: number
}

/** The headers that a request is sent with; the session's token among them, so they are shown to nobody. */
export type SignedHeaders = { readonly authorization: Secret; readonly headers: Readonly<Record<string, string>> }

/** What is on the way changed or added by others, and `user-agent`, which the way out sets: SigV4 leaves all of them unsigned. */
const unsigned = new Set(['user-agent', 'connection', 'expect', 'transfer-encoding', 'content-length'])

/**
 * Signs a request in its headers (AWS Signature Version 4, "create a signed AWS API request"). S3 also wants the body's hash as
 * a header.
 */
export function signRequest(request: UnsignedRequest): SignedHeaders {
  const { service, method, url, session } = request
  const date = amzDate(request.now)
  const scope = scopeOf(date, request)
  const hash = sha256(request.body)
  const headers: Record<string, string> = {
    ...request.headers,
    'x-amz-date': date,
    'x-amz-security-token': session.sessionToken.reveal(),
    ...(service === 's3' ? { 'x-amz-content-sha256': hash } : {}),
  }
  const signing = Object.entries({ ...headers, host: url.host })
    .filter(([name]) => !unsigned.has(name))
    .toSorted(byName)
  const signedHeaders = signing.map(([name]) => name).join(';')
  const canonical = [
    method,
    canonicalPath(url, service),
    canonicalQuery(url.searchParams),
    ...signing.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders,
    hash,
  ]
  const signature = signCanonical(canonical.join('\n'), { date, scope, session })
  const credential = `Credential=${session.accessKeyId}/${scope}`
  return {
    authorization: new Secret(`${algorithm} ${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`),
    headers,
  }
}

/** S3 reads the path and encodes it anew; all others encode it as it was sent. */
function canonicalPath({ pathname }: URL, service: string): string {
  const read = service === 's3' ? decodeURIComponent : String
  return pathname
    .split('/')
    .map((part) => encoded(read(part)))
    .join('/')
}

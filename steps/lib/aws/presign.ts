import { Secret } from '../core/secret.ts'
import type { AwsSession } from './session.ts'
import { algorithm, amzDate, byName, canonicalQuery, scopeOf, sha256, signCanonical } from './signature.ts'

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

const service = 'sts'

/**
 * The URL of GetCallerIdentity with its signature in the query (AWS Signature Version 4, "authenticating requests: query parameters"). The SDK's own
 * signer comes in a package of its own, for which these few lines are no reason.
 */
export function presignCallerIdentity(call: PresignedCall): Secret {
  const date = amzDate(call.now)
  const scope = scopeOf(date, { region: call.region, service })
  const headers = Object.entries({ ...call.headers, host: call.host }).toSorted(byName)
  const signedHeaders = headers.map(([name]) => name).join(';')
  const query = canonicalQuery(
    Object.entries({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': algorithm,
      'X-Amz-Credential': `${call.session.accessKeyId}/${scope}`,
      'X-Amz-Date': date,
      // Of no effect on STS, which takes such a URL for 15 minutes; it is what AWS's own clients send.
      'X-Amz-Expires': '60',
      'X-Amz-Security-Token': call.session.sessionToken.reveal(),
      'X-Amz-SignedHeaders': signedHeaders,
    }),
  )
  const canonical = [
    'GET',
    '/',
    query,
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    signedHeaders,
    sha256(''),
  ]
  const signature = signCanonical(canonical.join('\n'), { date, scope, session: call.session })
  return new Secret(`https://${call.host}/?${query}&X-Amz-Signature=${signature}`)
}

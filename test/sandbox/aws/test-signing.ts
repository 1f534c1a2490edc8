import { createHash, createHmac } from 'node:crypto'
import type { AwsSession } from '../world.ts'
import { REGION } from './test-cloud.ts'

/** What a hand-made signature gets wrong, or right when nothing is given. */
export type SigningOptions = {
  readonly service: string
  readonly host: string
  readonly body: string
  /** Day of the credential scope, when it is another than the request's. */
  readonly scopeDay?: string
  /** Further headers; those named in `uncovered` are sent and not signed. */
  readonly headers?: Readonly<Record<string, string>>
  readonly uncovered?: readonly string[]
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** Signs `POST /` by hand, from the specification and apart from the verifier: for faults that no SDK makes. */
export const signByHand = (session: AwsSession, options: SigningOptions): Record<string, string> => {
  const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '')
  const sent: Record<string, string> = {
    'x-amz-date': date,
    'x-amz-security-token': session.sessionToken,
    ...options.headers,
  }
  const covered: [string, string][] = [['host', options.host], ...Object.entries(sent)]
  const lines = covered.filter(([name]) => !options.uncovered?.includes(name)).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const names = lines.map(([name]) => name).join(';')
  const canonical = [
    'POST',
    '/',
    '',
    ...lines.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(options.body),
  ]
  const scope = [options.scopeDay ?? date.slice(0, 8), REGION, options.service, 'aws4_request']
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical.join('\n'))].join('\n')
  const signature = hmac(scope.reduce<string | Buffer>(hmac, `AWS4${session.secretAccessKey}`), toSign).toString('hex')
  const credential = `${session.accessKeyId}/${scope.join('/')}`
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
  }
}

import { objectsArn, type BucketHost } from '../../lib/aws/bucket-host.ts'
import { stepError, type StepError } from '../../lib/core/errors.ts'
import { retry } from '../../lib/core/retry.ts'
import type { HttpResponse } from '../../lib/http/client.ts'
import { prefixOf } from '../../lib/sink/s3-sink.ts'
import { openBucketSession, type BucketOpening, type BucketSession } from '../../lib/step/bucket-session.ts'
import type { FoundLine } from '../model/evidence.ts'

type Reading = Omit<BucketOpening, 'allowed'> & { readonly url: URL; readonly namespace: string }

type Reader = Reading & { readonly session: BucketSession }

/** The records that a bucket keeps of these TaskRuns, read by a session that may do nothing else. Throws AUDIT_*, AWS_*, TOKEN_*, ENTRA_*, NETWORK_*. */
export async function collectBucket(reading: Reading, taskRuns: readonly string[]): Promise<readonly FoundLine[]> {
  const { bucket, url } = reading
  const session = await openBucketSession({
    ...reading,
    allowed: [
      { action: 's3:GetObject', resource: objectsArn(bucket, prefixOf(url)) },
      { action: 's3:ListBucket', resource: bucketArn(bucket) },
    ],
  })
  const reader = { ...reading, session }
  const lines: FoundLine[] = []
  for (const taskRun of taskRuns) {
    const prefix = `${prefixOf(url)}namespaces/${reading.namespace}/taskruns/${taskRun}/`
    for (const key of await keysBelow(reader, prefix)) {
      const body = await ask(reader, new URL(`/${key.split('/').map(encodeURIComponent).join('/')}`, url))
      lines.push({ line: body.toString('utf8').trimEnd(), source: 'bucket', place: key })
    }
  }
  return lines
}

/** ListObjectsV2, page by page (S3 API reference). */
async function keysBelow(reader: Reader, prefix: string): Promise<readonly string[]> {
  const keys: string[] = []
  let token: string | undefined
  do {
    const url = new URL('/', reader.url)
    const query = { ...(token === undefined ? {} : { 'continuation-token': token }), 'list-type': '2', prefix }
    url.search = new URLSearchParams(query).toString()
    const xml = (await ask(reader, url)).toString('utf8')
    keys.push(...Array.from(xml.matchAll(/<Key>([^<]+)<\/Key>/g), ([, key = '']) => unescaped(key)))
    const next = /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(xml)?.[1]
    token = next === undefined ? undefined : unescaped(next)
  } while (token !== undefined)
  return keys
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}

async function ask(reader: Reader, url: URL): Promise<Buffer> {
  const { session, federation } = reader
  const { http, patience } = federation.services
  return await retry(patience, async () => {
    const signed = await session.sign({ method: 'GET', url, headers: {}, body: new Uint8Array() })
    const answer = await http.send({ method: 'GET', url, ...signed, signal: patience.signal })
    if (answer.status === 200) return answer.body
    throw bucketError(reader, answer)
  })
}

function bucketError({ bucket, session, url }: Reader, { status, body }: HttpResponse): StepError {
  const code = /<Code>([\w.]{1,64})<\/Code>/.exec(body.subarray(0, 4096).toString('utf8'))?.[1] ?? ''
  const upstream = { service: 'S3', status, ...(code === '' ? {} : { code }) }
  const reason = code === '' ? `HTTP ${status}` : `HTTP ${status}, ${code}`
  const source = `The bucket ${bucket.bucket}`
  if (status === 429 || status >= 500) return stepError('AUDIT_SOURCE_UNAVAILABLE', { source, reason }, { upstream })
  if (status !== 403) return stepError('AUDIT_SOURCE_REFUSED', { source, reason }, { upstream })
  const values = { bucket: bucket.bucket, reason, role: session.role, objects: objectsArn(bucket, prefixOf(url)) }
  return stepError('AUDIT_BUCKET_DENIED', { ...values, 'bucket arn': bucketArn(bucket) }, { upstream })
}

function bucketArn({ bucket, partition }: BucketHost): string {
  return `arn:${partition}:s3:::${bucket}`
}

import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { decide } from '../aws/policy.ts'
import { assumedRoleArn } from '../aws/role-arn.ts'
import { accessDenied } from '../registry/ecr-texts.ts'
import type { S3Bucket } from '../config-stores.ts'
import type { AwsSession, World } from '../world.ts'
import type { S3Answer } from './buckets.ts'
import { objectsOf, storeObject } from './objects.ts'
import { refusals, S3Refusal } from './s3-refusal.ts'

/** A request to a bucket whose signature holds. */
export type BucketCall = {
  readonly bucket: S3Bucket
  readonly accountId: string
  readonly request: IncomingMessage
  readonly body: Buffer
  readonly url: URL
  readonly session: AwsSession
  readonly checks: string[]
}

type Answered = S3Answer & { readonly operation: string }

/** Answers PutObject, GetObject or ListObjectsV2; anything else is refused. */
export function answerOperation(world: World, call: BucketCall): Answered {
  const { request, url } = call
  const key = decodeURIComponent(url.pathname.slice(1))
  if (request.method === 'PUT' && key !== '' && url.search === '') return put(world, call, key)
  if (request.method === 'GET' && key !== '' && url.search === '') return get(world, call, key)
  if (request.method === 'GET' && key === '' && url.searchParams.get('list-type') === '2') return list(world, call)
  throw refusals.method()
}

/** `If-None-Match` is taken as `*` alone (user guide, "Conditional writes"); a policy sees it as `s3:if-none-match`. */
function put(world: World, call: BucketCall, key: string): Answered {
  const { request, body, bucket, checks, session } = call
  const { headers } = request
  const condition = headers['if-none-match']
  if (headers['content-length'] === undefined) throw refusals.noLength()
  if (condition !== undefined && condition !== '*') throw refusals.condition()
  authorize(world, call, {
    action: 's3:PutObject',
    key,
    keys: condition === undefined ? {} : { 's3:if-none-match': condition },
  })
  checkDigest(call, 'x-amz-checksum-sha256', createHash('sha256').update(body).digest('base64'))
  checkDigest(call, 'content-md5', createHash('md5').update(body).digest('base64'))
  const isThere = objectsOf(world).some((object) => object.bucket === bucket.name && object.key === key)
  checks.push(`if-none-match ${condition ?? 'not sent'}: ${isThere ? 'there is one' : 'there is none'}`)
  if (isThere && condition === '*') throw refusals.exists()
  storeObject(world, {
    bucket: bucket.name,
    key,
    body: body.toString('utf8'),
    contentType: headers['content-type'] ?? 'binary/octet-stream',
    writer: assumedRoleArn(session),
  })
  return { status: 200, operation: 'PutObject' }
}

/** Who may list learns that there is no such key; anybody else is only denied (API reference, GetObject). */
function get(world: World, call: BucketCall, key: string): Answered {
  authorize(world, call, { action: 's3:GetObject', key, keys: {} })
  const found = objectsOf(world).find((object) => object.bucket === call.bucket.name && object.key === key)
  if (found === undefined) {
    authorize(world, call, { action: 's3:ListBucket', key: '', keys: {} })
    throw refusals.noKey()
  }
  return { status: 200, body: found.body, contentType: found.contentType, operation: 'GetObject' }
}

/** Of the parameters those that are used here; [K] assumption of the sandbox: pages are of three keys, so that nobody forgets to turn them. */
function list(world: World, call: BucketCall): Answered {
  const { url, bucket } = call
  const prefix = url.searchParams.get('prefix') ?? ''
  authorize(world, call, { action: 's3:ListBucket', key: '', keys: { 's3:prefix': prefix } })
  const known = new Set(['list-type', 'prefix', 'continuation-token', 'max-keys'])
  const odd = [...url.searchParams.keys()].find((name) => !known.has(name))
  if (odd !== undefined) throw new S3Refusal(501, 'NotImplemented', `the sandbox does not know ${odd}`)
  const from = Buffer.from(url.searchParams.get('continuation-token') ?? '', 'base64url').toString('utf8')
  const keys = objectsOf(world)
    .filter((object) => object.bucket === bucket.name && object.key.startsWith(prefix) && object.key > from)
    .map(({ key }) => key)
    .toSorted()
  const page = keys.slice(0, 3)
  const isTruncated = keys.length > page.length
  const next = isTruncated
    ? `<NextContinuationToken>${Buffer.from(page.at(-1) ?? '').toString('base64url')}</NextContinuationToken>`
    : ''
  const contents = page.map((key) => `<Contents><Key>${key.replaceAll('&', '&amp;')}</Key></Contents>`).join('')
  return {
    status: 200,
    operation: 'ListObjectsV2',
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult><Name>${bucket.name}</Name><IsTruncated>${isTruncated}</IsTruncated>${next}${contents}</ListBucketResult>`,
  }
}

type Asked = { readonly action: string; readonly key: string; readonly keys: Readonly<Record<string, string>> }

function authorize(world: World, call: BucketCall, { action, key, keys }: Asked): void {
  const { bucket, accountId, session, checks } = call
  const arn = `arn:${session.partition}:s3:::${bucket.name}`
  const resource = key === '' ? arn : `${arn}/${key}`
  const policy = bucket.policy === undefined ? {} : { resourcePolicy: bucket.policy }
  const decision = decide(world, session, { action, resource, keys, ...policy })
  const isForeign = session.accountId !== accountId
  checks.push(`${action} on ${resource}: ${isForeign ? 'another account' : decision.outcome} (${decision.decidedBy})`)
  if (decision.outcome === 'allow' && !isForeign) return
  throw new S3Refusal(403, 'AccessDenied', accessDenied(session, { action, resource }, decision))
}

function checkDigest({ request }: BucketCall, name: string, own: string): void {
  const sent = request.headers[name]
  if (sent !== undefined && sent !== own) throw refusals.digest(name)
}

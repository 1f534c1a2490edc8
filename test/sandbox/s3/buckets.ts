import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AwsFault } from '../aws/aws-fault.ts'
import { dnsSuffix, partitionOf } from '../aws/hosts.ts'
import { readBody } from '../aws/read-body.ts'
import { verifySignature, XML_SIGNATURE_CODES } from '../aws/sigv4.ts'
import { bookRequest } from '../book-request.ts'
import type { S3Bucket } from '../config-stores.ts'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { answerOperation, type BucketCall } from './operations.ts'
import { refusals, S3Refusal } from './s3-refusal.ts'

const HOST = /^([a-z0-9][a-z0-9-]{1,61}[a-z0-9])\.s3\.([a-z0-9-]+)\.(.+)$/
/** Records are small; [K] assumption of the sandbox: nothing larger is put here. */
const LONGEST = 1024 * 1024

/** S3's answer. */
export type S3Answer = { readonly status: number; readonly body?: string; readonly contentType?: string }

/** Buckets under their regional names. PutObject, GetObject and ListObjectsV2, and nothing else of S3. */
export function createBuckets(world: World): StandIn {
  return {
    name: 's3',
    owns: (host) => placeOf(host) !== undefined,
    handle: async (request, response, host) => {
      const checks: string[] = []
      const requestId = randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()
      try {
        const { operation, ...answer } = await answerTo(world, host, { request, checks })
        send(response, answer, { requestId })
        bookRequest(world, 's3', { request, host, status: answer.status, operation, checks })
      } catch (error) {
        const refused = error instanceof AwsFault ? new S3Refusal(403, error.code, error.message) : error
        if (!(refused instanceof S3Refusal)) throw error
        const { status, code, message, headers } = refused
        send(response, { status, body: errorXml(code, message, requestId) }, { requestId, headers })
        bookRequest(world, 's3', { request, host, status, refused: code, checks })
      }
    },
  }
}

/** What S3 calls the failures of a signature. */
const CODES = { ...XML_SIGNATURE_CODES, missing: 'AccessDenied', unknown: 'InvalidAccessKeyId' } as const

type Incoming = { readonly request: IncomingMessage; readonly checks: string[] }

async function answerTo(world: World, host: string, { request, checks }: Incoming) {
  const body = await readBody(request, LONGEST)
  if (body === undefined) throw refusals.tooLarge()
  const { name, region } = placeOf(host) ?? { name: '', region: '' }
  if (request.headers.authorization !== undefined && request.headers['x-amz-content-sha256'] === undefined)
    throw refusals.noHash()
  const session = verifySignature(world, { request, body, service: 's3', region, codes: CODES, trace: { checks } })
  const found = findBucket(world, name)
  if (found === undefined) throw refusals.noBucket()
  if (found.bucket.region !== region) throw refusals.otherRegion(found.bucket.region)
  const url = new URL(request.url ?? '/', `https://${host}`)
  const call: BucketCall = { ...found, request, body, url, session, checks }
  return answerOperation(world, call)
}

function placeOf(host: string): { name: string; region: string } | undefined {
  const [, name, region, suffix] = HOST.exec(host) ?? []
  if (name === undefined || region === undefined) return undefined
  return suffix === dnsSuffix(partitionOf(region)) ? { name, region } : undefined
}

function findBucket(world: World, name: string): { bucket: S3Bucket; accountId: string } | undefined {
  return world.config.accounts
    .flatMap(({ id, buckets = [] }) => buckets.map((bucket) => ({ bucket, accountId: id })))
    .find(({ bucket }) => bucket.name === name)
}

function errorXml(code: string, message: string, requestId: string): string {
  const text = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${text}</Message><RequestId>${requestId}</RequestId></Error>`
}

function send(
  response: ServerResponse,
  { status, body = '', contentType = 'application/xml' }: S3Answer,
  { requestId, headers = {} }: { requestId: string; headers?: Readonly<Record<string, string>> },
): void {
  response.writeHead(status, {
    ...(body === '' ? {} : { 'content-type': contentType }),
    'content-length': Buffer.byteLength(body),
    'x-amz-request-id': requestId,
    ...headers,
  })
  response.end(body)
}

import { stepError, type StepError, type Upstream } from '../../core/errors.ts'
import type { HttpResponse } from '../../http/client.ts'
import { retryAfterMs } from '../../http/retry-after.ts'
import { Json, JsonFault } from '../json.ts'

/** What was asked of a registry, in the words of its error. */
export const operations = {
  headManifest: 'the look-up of a manifest',
  getManifest: 'the reading of a manifest',
  getToken: 'the request for a token',
  getReferrers: 'the look-up of referrers',
  headBlob: 'the look-up of a blob',
  getBlob: 'the reading of a blob',
  startUpload: 'the start of a blob upload',
  upload: 'the upload of a blob',
  mount: 'the mounting of a blob',
  putManifest: 'the writing of a manifest',
} as const

export type Operation = keyof typeof operations

/** The circumstances of a request that its error names. */
export type Asked = {
  readonly operation: Operation
  readonly registry: string
  readonly repository: string
  readonly digest?: string
  readonly tag?: string
  readonly mediaType?: string
}

type AnswerCode =
  | 'REGISTRY_CREDENTIAL_REFUSED'
  | 'REGISTRY_DENIED'
  | 'REGISTRY_REPOSITORY_UNKNOWN'
  | 'REGISTRY_TAG_IMMUTABLE'
  | 'REGISTRY_DIGEST_REFUSED'
  | 'REGISTRY_BLOB_VANISHED'
  | 'REGISTRY_MANIFEST_REFUSED'
  | 'REGISTRY_TOO_LARGE'
  | 'REGISTRY_UPLOAD_LOST'
  | 'REGISTRY_THROTTLED'
  | 'REGISTRY_UNAVAILABLE'
  | 'REGISTRY_REFUSED'

/** The registry's own codes (distribution-spec, "Error Codes"; TAG_INVALID is ECR's). They say more than the status. */
const byRegistryCode: ReadonlyMap<string, AnswerCode> = new Map([
  ['DENIED', 'REGISTRY_DENIED'],
  ['NAME_UNKNOWN', 'REGISTRY_REPOSITORY_UNKNOWN'],
  ['TAG_INVALID', 'REGISTRY_TAG_IMMUTABLE'],
  ['DIGEST_INVALID', 'REGISTRY_DIGEST_REFUSED'],
  ['SIZE_INVALID', 'REGISTRY_DIGEST_REFUSED'],
  ['BLOB_UNKNOWN', 'REGISTRY_BLOB_VANISHED'],
  ['MANIFEST_BLOB_UNKNOWN', 'REGISTRY_BLOB_VANISHED'],
  ['MANIFEST_UNKNOWN', 'REGISTRY_BLOB_VANISHED'],
  ['MANIFEST_INVALID', 'REGISTRY_MANIFEST_REFUSED'],
  ['MANIFEST_UNVERIFIED', 'REGISTRY_MANIFEST_REFUSED'],
  ['BLOB_UPLOAD_UNKNOWN', 'REGISTRY_UPLOAD_LOST'],
  ['BLOB_UPLOAD_INVALID', 'REGISTRY_UPLOAD_LOST'],
  ['TOOMANYREQUESTS', 'REGISTRY_THROTTLED'],
])

/** What a status means when no code of the registry says it better. 501 is an answer for good, unlike its neighbours. */
const byStatus: ReadonlyMap<number, AnswerCode> = new Map([
  [401, 'REGISTRY_CREDENTIAL_REFUSED'],
  [403, 'REGISTRY_DENIED'],
  [408, 'REGISTRY_UNAVAILABLE'],
  [413, 'REGISTRY_TOO_LARGE'],
  [429, 'REGISTRY_THROTTLED'],
  [501, 'REGISTRY_REFUSED'],
])

/** A 404 without a code, by what was asked. */
const notFound: Partial<Record<Operation, AnswerCode>> = {
  startUpload: 'REGISTRY_REPOSITORY_UNKNOWN',
  upload: 'REGISTRY_UPLOAD_LOST',
  putManifest: 'REGISTRY_REPOSITORY_UNKNOWN',
}

/** Headers that hold the ids by which a vendor's support finds a request. */
const idHeaders = [
  'x-ms-correlation-request-id',
  'x-ms-request-id',
  'x-amzn-requestid',
  'x-amz-request-id',
  'x-request-id',
] as const

const maxBodyBytes = 64 * 1024
const maxMessageLength = 2000

/** The StepError of an answer that refuses what was asked. */
export function registryError(response: HttpResponse, asked: Asked, now: number): StepError {
  const upstream = readUpstream(response, asked.registry)
  const values = {
    registry: asked.registry,
    repository: asked.repository,
    operation: operations[asked.operation],
    digest: asked.digest ?? '',
    tag: asked.tag ?? '',
    'media-type': asked.mediaType ?? '',
    status: String(response.status),
  }
  return stepError(answerCode(response, upstream, asked.operation), values, {
    upstream,
    retryAfterMs: retryAfterMs(response.headers['retry-after'], now),
  })
}

function answerCode(response: HttpResponse, upstream: Upstream, operation: Operation): AnswerCode {
  const { status } = response
  // A failing gateway may carry any text: a status that promises better times comes first.
  if (status >= 500 && status !== 501) return 'REGISTRY_UNAVAILABLE'
  // RFC 6750 §3.1: the credential is good, but not for this.
  if (/error="?insufficient_scope/i.test(response.headers['www-authenticate'] ?? '')) return 'REGISTRY_DENIED'
  const named = byRegistryCode.get(upstream.code ?? '')
  if (named !== undefined) return named
  if (status === 404) return notFound[operation] ?? 'REGISTRY_REFUSED'
  return byStatus.get(status) ?? 'REGISTRY_REFUSED'
}

/** What the registry says in its own words. The answer to a HEAD has no body: there the status is all. */
function readUpstream(response: HttpResponse, registry: string): Upstream {
  const ids = Object.fromEntries(
    idHeaders.flatMap((name) => {
      const id = response.headers[name]
      return id === undefined ? [] : [[name, id]]
    }),
  )
  return { service: registry, status: response.status, ...readErrors(response.body), ids }
}

/** `{"errors":[{code,message,detail}]}`; the raw text when it is something else. */
function readErrors(body: Buffer): { code?: string; message?: string } {
  const capped = body.subarray(0, maxBodyBytes)
  if (capped.length === 0) return {}
  try {
    const errors = Json.parse(capped).field('errors').items()
    const code = errors[0]?.optional('code')?.string()
    const message = errors.map(errorText).join('; ').slice(0, maxMessageLength)
    return { ...(code === undefined ? {} : { code }), message }
  } catch (error) {
    // RangeError: nested too deep to be written again.
    if (!(error instanceof JsonFault || error instanceof RangeError)) throw error
    return { message: capped.toString('utf8').trim().slice(0, maxMessageLength) }
  }
}

function errorText(error: Json): string {
  const message = error.optional('message')?.string() ?? ''
  const detail = error.optional('detail')?.text() ?? ''
  return [message, detail].filter((part) => part !== '').join(' ')
}

import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { AwsSession, World } from '../world.ts'
import { AwsFault } from './aws-fault.ts'
import type { Trace } from './aws-fault.ts'
import { isOptIn, partitionOf } from './hosts.ts'
import type { Service } from './hosts.ts'
import { sessionState } from './policy.ts'
import { userSession } from './principal.ts'
import { bodyHash, canonicalRequest, expectedSignature } from './sigv4-canonical.ts'
import { headersToSign, parseSignatureHeader } from './sigv4-header.ts'
import { isPresigned, presignedCanonical, readPresigned } from './sigv4-presigned.ts'
import type { SignatureHeader } from './sigv4-header.ts'

type Failure = 'missing' | 'incomplete' | 'unknown' | 'expired' | 'mismatch'

/** The caller's wire form: XML services and JSON services name the same failure differently. */
export type SignatureCodes = Readonly<Record<Failure, string>>

/** Codes of the query protocol (protocols.md §5.2); all but IncompleteSignature are HTTP 403. */
export const XML_SIGNATURE_CODES: SignatureCodes = {
  missing: 'MissingAuthenticationToken',
  incomplete: 'IncompleteSignature',
  unknown: 'InvalidClientTokenId',
  expired: 'ExpiredToken',
  mismatch: 'SignatureDoesNotMatch',
}

/** Codes of JSON 1.1 services. Publicly reported from ECR: UnrecognizedClientException, InvalidSignatureException (HTTP 400). */
export const JSON_SIGNATURE_CODES: SignatureCodes = {
  missing: 'MissingAuthenticationTokenException',
  incomplete: 'IncompleteSignatureException',
  unknown: 'UnrecognizedClientException',
  expired: 'ExpiredTokenException',
  mismatch: 'InvalidSignatureException',
}

/** [K] assumption: wording, where no public report quotes it (missing, incomplete, scope, header). */
const TEXT = {
  missing: 'Request is missing Authentication Token',
  incomplete: 'Authorization header is not a complete AWS4-HMAC-SHA256 signature.',
  unknown: 'The security token included in the request is invalid.',
  expired: 'The security token included in the request is expired',
  mismatch:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
} as const

const MAX_SKEW_MS = 15 * 60_000

/** A request with the service and region that its signature must be made for. */
export type SignedCall = {
  readonly request: IncomingMessage
  readonly body: Buffer
  readonly service: Service | 's3'
  readonly region: string
  readonly codes: SignatureCodes
  readonly trace: Trace
}

const fault = (call: SignedCall, failure: Failure, text: string = TEXT[failure]): AwsFault => {
  call.trace.checks.push(`signature: ${failure}`)
  return new AwsFault(call.codes[failure], text)
}

const headerOf = (call: SignedCall): SignatureHeader => {
  const { authorization } = call.request.headers
  if (authorization === undefined) throw fault(call, 'missing')
  const header = parseSignatureHeader(authorization)
  if (header === undefined) throw fault(call, 'incomplete')
  return header
}

const compact = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '')

const parseCompact = (date: string): number =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))

/** The request's date, within 15 minutes of the service's clock; SDKs correct their own clock by this answer. */
const checkDate = (call: SignedCall, nowMs: number, amzDate: string): string => {
  const sent = /^\d{8}T\d{6}Z$/.test(amzDate) ? parseCompact(amzDate) : Number.NaN
  if (Number.isNaN(sent)) throw fault(call, 'incomplete')
  const [early, late, now] = [nowMs - MAX_SKEW_MS, nowMs + MAX_SKEW_MS, nowMs].map(compact)
  if (sent < nowMs - MAX_SKEW_MS)
    throw fault(call, 'mismatch', `Signature expired: ${amzDate} is now earlier than ${early} (${now} - 15 min.)`)
  if (sent > nowMs + MAX_SKEW_MS)
    throw fault(
      call,
      'mismatch',
      `Signature not yet current: ${amzDate} is still later than ${late} (${now} + 15 min.)`,
    )
  return amzDate
}

const checkScope = (
  call: SignedCall & { readonly needed: readonly string[] },
  header: SignatureHeader,
  amzDate: string,
): void => {
  if (header.service !== call.service)
    throw fault(call, 'mismatch', `Credential should be scoped to correct service: '${call.service}'.`)
  if (header.region !== call.region)
    throw fault(call, 'mismatch', `Credential should be scoped to a valid region, not '${header.region}'.`)
  if (!amzDate.startsWith(header.date))
    throw fault(
      call,
      'mismatch',
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP',
    )
  const unsigned = call.needed.find((name) => !header.signedHeaders.includes(name))
  if (unsigned !== undefined)
    throw fault(call, 'mismatch', `'${unsigned}' must be a 'SignedHeader' in the AWS Authorization header.`)
}

/** The session of the key; a key without its own session token is as good as unknown. */
const findSession = (
  call: SignedCall,
  world: World,
  { accessKeyId, token }: { accessKeyId: string; token: string },
): AwsSession => {
  const session = world.awsSessions.get(accessKeyId) ?? userSession(world, accessKeyId)
  if (session === undefined || token !== session.sessionToken) throw fault(call, 'unknown')
  // Credentials of one partition mean nothing in another.
  if (session.partition !== partitionOf(call.region)) throw fault(call, 'unknown')
  // IAM user guide, "Managing AWS STS in an AWS Region": tokens of the global endpoint are good in the default regions only.
  if (session.fromGlobalEndpoint === true && isOptIn(call.region)) throw fault(call, 'unknown')
  if (sessionState(world, session) === 'expired') throw fault(call, 'expired')
  return session
}

const checkBodyHash = (call: SignedCall): void => {
  const declared = call.request.headers['x-amz-content-sha256']
  if (declared !== undefined && declared !== bodyHash(call.body)) throw fault(call, 'mismatch')
}

/** Verifies a request's Signature Version 4 and returns the session that signed it. [K] assumption: the order of the checks. */
export const verifySignature = (world: World, call: SignedCall): AwsSession => {
  if (call.request.headers.authorization === undefined && isPresigned(call.request)) return verifyPresigned(world, call)
  const header = headerOf(call)
  const amzDate = checkDate(call, world.clock.now(), String(call.request.headers['x-amz-date'] ?? ''))
  checkScope({ ...call, needed: headersToSign(call.request) }, header, amzDate)
  const token = String(call.request.headers['x-amz-security-token'] ?? '')
  const session = findSession(call, world, { accessKeyId: header.accessKeyId, token })
  checkBodyHash(call)
  const canonical = canonicalRequest(call.request, call.body, header)
  return checkSignature(call, session, { header, canonical, amzDate })
}

/**
 * The same for a URL that brings its signature: good for 15 minutes whatever `X-Amz-Expires` says, as aws-iam-authenticator reports of STS. [K]
 * assumption: that it is so, and that every `x-…` header that arrives must be signed.
 */
const verifyPresigned = (world: World, call: SignedCall): AwsSession => {
  const header = readPresigned(call.request)
  if (header === undefined) throw fault(call, 'incomplete')
  const amzDate = checkDate(call, world.clock.now(), header.amzDate)
  const sent = Object.keys(call.request.headers).filter((name) => /^x-(amz|k8s)-/.test(name))
  checkScope({ ...call, needed: ['host', ...sent] }, header, amzDate)
  const session = findSession(call, world, { accessKeyId: header.accessKeyId, token: header.sessionToken })
  const canonical = presignedCanonical(call.request, header.signedHeaders)
  return checkSignature(call, session, { header, canonical, amzDate })
}

type Signed = { readonly header: SignatureHeader; readonly canonical: string; readonly amzDate: string }

const checkSignature = (call: SignedCall, session: AwsSession, { header, canonical, amzDate }: Signed): AwsSession => {
  const expected = expectedSignature(header, session.secretAccessKey, { canonical, amzDate })
  if (!timingSafeEqual(Buffer.from(expected, 'hex'), Buffer.from(header.signature, 'hex')))
    throw fault(call, 'mismatch')
  call.trace.checks.push(`signature: made by ${session.userName ?? session.roleName}/${session.sessionName}`)
  return session
}

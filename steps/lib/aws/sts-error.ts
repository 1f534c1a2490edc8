import type { ErrorCode } from '../core/error-table.ts'
import { isCode, StepError } from '../core/errors.ts'
import type { SignatureVerdict } from '../core/jwt.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import { stsHost } from './partitions.ts'
import { awsAnswerOf, awsUpstream, isUnavailable, throttlingCodes, type AwsAnswer } from './sdk-error.ts'
import { comparedAudience, comparedClaim, providerArn, trustPolicyFor } from './trust-policy.ts'
import type { WebIdentityRequest, WebIdentityToken } from './web-identity-request.ts'

/**
 * STS puts many causes behind `InvalidIdentityToken`; only its text tells them apart. First match wins; the texts of 2026 and the
 * older ones are both here. The text "could not be validated" has three causes and is never mapped to one.
 */
const identityTokenTexts: readonly (readonly [text: RegExp, code: ErrorCode])[] = [
  [/Couldn't retrieve verification key/, 'AWS_KEYS_UNREACHABLE'],
  [/No OpenIDConnect provider found/, 'AWS_PROVIDER_MISSING'],
  [/Incorrect token audience/, 'AWS_AUDIENCE_MISMATCH'],
  [/not present in the roles claim/, 'AWS_ROLE_NOT_IN_CLAIM'],
  [
    /Missing a required claim|not allowed to be empty|more than one audience|timestamp in token claims/,
    'AWS_TOKEN_CLAIMS_REFUSED',
  ],
  [/issued in the future|not yet valid|not a valid JWT|principal_tags/, 'AWS_TOKEN_CLAIMS_REFUSED'],
]

/** `ValidationError` names the member that it does not like, with its value; a role's own limit is a sentence of its own. */
const validationTexts: readonly (readonly [text: RegExp, code: ErrorCode])[] = [
  [/ at 'policy' failed/, 'AWS_SESSION_POLICY_TOO_LARGE'],
  [/^The requested DurationSeconds| at 'durationSeconds' failed/, 'AWS_SESSION_DURATION_REFUSED'],
  // [K] code and text for a managed policy that is not there.
  [/ does not exist or is not attachable/, 'AWS_SESSION_POLICY_UNKNOWN'],
]

const codes: Readonly<Record<string, ErrorCode>> = {
  AccessDenied: 'AWS_NOT_AUTHORIZED',
  ExpiredToken: 'AWS_TOKEN_EXPIRED',
  IDPCommunicationError: 'AWS_KEYS_UNREACHABLE',
  IDPRejectedClaim: 'AWS_TOKEN_CLAIMS_REFUSED',
  RegionDisabled: 'AWS_REGION_DISABLED',
  MalformedPolicyDocument: 'AWS_SESSION_POLICY_REFUSED',
  PackedPolicyTooLarge: 'AWS_SESSION_POLICY_TOO_LARGE',
  InternalFailure: 'AWS_UNAVAILABLE',
  ServiceUnavailable: 'AWS_UNAVAILABLE',
}

/** What STS answered as one of our codes, with every value that a remedy may name. Other errors pass unchanged. */
export function stsError(error: unknown, request: WebIdentityRequest, token: WebIdentityToken): unknown {
  const answer = awsAnswerOf(error)
  if (answer === undefined) return error
  return new StepError(codeOf(answer), valuesOf(request, token), {
    upstream: awsUpstream('STS', answer),
    retryAfterMs: retryAfterMs(answer.retryAfter, request.patience.clock.now()),
  })
}

/** What stands in AWS_TOKEN_NOT_ACCEPTED when STS said something that no signature explains (a thumbprint, a text of tomorrow). */
const notItsText = 'STS has another text for that'

/** The one text that STS has for a missing provider, a missing client id and a bad signature (recorded 2026-09-11). */
const oneText = /could not be validated/

/** Whether the signature may be what STS refused, so that looking at it tells more than STS does. */
export function mayBeSignature(error: unknown): error is StepError {
  return isCode(error, 'AWS_TOKEN_NOT_ACCEPTED') && oneText.test(error.upstream?.message ?? '')
}

/** STS's refusal, now that the signature was looked at: never "wrong audience" before that. Keeps the answer of STS as its cause. */
export function explainRefusal(
  refusal: StepError,
  signature: SignatureVerdict,
  proof: 'entra' | 'cluster' = 'entra',
): StepError {
  const { upstream } = refusal
  if (signature.verdict === 'good') return new StepError('AWS_TOKEN_NOT_TRUSTED', refusal.values, { upstream })
  const reason = signature.reason
  const found = { finding: reason, 'unchecked because': reason }
  const bad = proof === 'cluster' ? 'AWS_CLUSTER_TOKEN_SIGNATURE_BAD' : 'AWS_TOKEN_SIGNATURE_BAD'
  const code = signature.verdict === 'bad' ? bad : 'AWS_TOKEN_NOT_ACCEPTED'
  return new StepError(code, { ...refusal.values, ...found }, { upstream })
}

const ofSessionPolicies: ReadonlySet<ErrorCode> = new Set([
  'AWS_SESSION_POLICY_REFUSED',
  'AWS_SESSION_POLICY_TOO_LARGE',
])

/** What both ways to assume a role answer to the length and the policies of a session; undefined for all else. */
export function sessionPolicyCodeOf(answer: AwsAnswer): ErrorCode | undefined {
  if (answer.code === 'ValidationError') return validationTexts.find(([text]) => text.test(answer.message))?.[1]
  const known = Object.hasOwn(codes, answer.code) ? codes[answer.code] : undefined
  return known === undefined || !ofSessionPolicies.has(known) ? undefined : known
}

function codeOf(answer: AwsAnswer): ErrorCode {
  if (answer.code === 'InvalidIdentityToken') {
    return identityTokenTexts.find(([text]) => text.test(answer.message))?.[1] ?? 'AWS_TOKEN_NOT_ACCEPTED'
  }
  if (answer.code === 'ValidationError') {
    return validationTexts.find(([text]) => text.test(answer.message))?.[1] ?? 'AWS_SESSION_REQUEST_REFUSED'
  }
  if (throttlingCodes.has(answer.code) || answer.status === 429) return 'AWS_THROTTLED'
  // Own names only: for a code such as "constructor" the table would answer with what every object has.
  const known = Object.hasOwn(codes, answer.code) ? codes[answer.code] : undefined
  return known ?? (isUnavailable(answer) ? 'AWS_UNAVAILABLE' : 'AWS_SESSION_REQUEST_REFUSED')
}

function valuesOf(request: WebIdentityRequest, token: WebIdentityToken): Record<string, string> {
  const { role } = request
  return {
    role: role.arn,
    'role name': role.name,
    account: role.accountId,
    region: request.region,
    service: 'STS',
    duration: `${request.durationSeconds} s`,
    host: stsHost(request.region, request.endpoints),
    issuer: token.issuer,
    subject: token.subject,
    kid: token.kid,
    'token audience': token.audience,
    'compared audience': comparedAudience(token),
    'compared claim': comparedClaim(token),
    'unchecked because': notItsText,
    provider: providerArn(role, token.issuer),
    'trust policy': trustPolicyFor(role, token),
    policies: request.policyArns?.join(' ') ?? '',
  }
}

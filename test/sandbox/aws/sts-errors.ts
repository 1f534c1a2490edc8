import { AwsFault } from './aws-fault.ts'

/** Wire code → HTTP status (protocols.md §5.2). */
const STATUS = {
  InvalidIdentityToken: 400,
  ExpiredTokenException: 400,
  AccessDenied: 403,
  MalformedPolicyDocument: 400,
  PackedPolicyTooLarge: 400,
  RegionDisabledException: 403,
  InvalidParameterValue: 400,
  OutboundWebIdentityFederationDisabledException: 403,
  SessionDurationEscalationException: 403,
  JWTPayloadSizeExceededException: 400,
  Throttling: 400,
  ValidationError: 400,
  InvalidAction: 400,
  MissingAction: 400,
  InternalFailure: 500,
  MissingAuthenticationToken: 403,
  IncompleteSignature: 400,
  InvalidClientTokenId: 403,
  ExpiredToken: 403,
  SignatureDoesNotMatch: 403,
  // [K] assumption: the four below are the AWS query protocol's common errors; their texts were never recorded.
  MalformedInput: 400,
  RequestEntityTooLarge: 413,
  MethodNotAllowed: 405,
} as const

/** The HTTP status of a wire code; one that is not in the table is our own bug and shows as 500. */
export const stsStatus = (code: string): number => new Map<string, number>(Object.entries(STATUS)).get(code) ?? 500

type Row = readonly [code: keyof typeof STATUS, message: string]

/**
 * Refusals whose text is fixed. Recorded: sts-observed.json or protocols.md §5.2. The rows below the second comment
 * are [K] assumptions: the case is documented, its wording is not.
 */
const REFUSALS = {
  notAJwt: [
    'InvalidIdentityToken',
    'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
  ],
  // One text for a missing provider, an unregistered audience and a bad signature since 2026.
  notValidated: [
    'InvalidIdentityToken',
    'The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity documentation for requirements.',
  ],
  // The two spaces after the comma are real.
  noKey: [
    'InvalidIdentityToken',
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  ],
  manyAudiences: [
    'InvalidIdentityToken',
    'Token audience contains more than one audience while authorized party is not present',
  ],
  emptyAudience: ['InvalidIdentityToken', 'Claim is not allowed to be empty: aud'],
  badTimestamp: ['InvalidIdentityToken', 'Invalid timestamp in token claims.'],
  notLoginWithAmazon: ['InvalidIdentityToken', 'Provided Token is not a Login With Amazon token'],
  badTags: ['InvalidIdentityToken', 'principal_tags passed in claim is not in correct format.'],
  roleNotInClaim: [
    'InvalidIdentityToken',
    'The target role ARN is not present in the roles claim of the identity token',
  ],
  nullSubject: ['InternalFailure', 'Unknown error validating third-party token'],
  notAuthorized: ['AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'],
  durationAboveRole: [
    'ValidationError',
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  ],
  badArn: ['ValidationError', 'Request ARN is invalid'],
  // Reported by many, and measured by a live probe at 3600/3601 s.
  durationAboveChain: [
    'ValidationError',
    'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
  ],
  // Recorded 2026-09-30 in ap-northeast-1: mahitotsu/gekko_08, experiments/multi-hop-propagation/RESULTS.md.
  sourceIdentitySet: ['ValidationError', 'The source identity is already set for this assume role session'],
  transitiveConflict: [
    'InvalidParameterValue',
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
  ],
  // Texts that other emulators compared with the real service.
  duplicateTags: ['InvalidParameterValue', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.'],
  transitiveWithoutTag: [
    'InvalidParameterValue',
    'The specified transitive tag key must be included in the requested tags.',
  ],
  throttled: ['Throttling', 'Rate exceeded'],
  // [K] assumption, all below.
  badRolesClaim: ['InvalidIdentityToken', 'roles passed in claim is not in correct format.'],
  badTransitiveKeys: ['InvalidIdentityToken', 'transitive_tag_keys passed in claim is not in correct format.'],
  badSourceIdentity: ['InvalidIdentityToken', 'source_identity passed in claim is not in correct format.'],
  badPolicyJson: ['MalformedPolicyDocument', 'This policy contains invalid Json'],
  missingAction: ['MissingAction', 'The request must contain the parameter Action.'],
  repeatedParameter: ['MalformedInput', 'A parameter is given more than once.'],
  badNumber: ['MalformedInput', 'A parameter that must be an integer is none.'],
  reservedTag: ['InvalidParameterValue', 'Tag keys that begin with aws: are reserved.'],
  outboundDisabled: [
    'OutboundWebIdentityFederationDisabledException',
    'Outbound web identity federation is not enabled for this account.',
  ],
  durationEscalation: [
    'SessionDurationEscalationException',
    "The requested token duration would extend beyond the calling session's own expiration.",
  ],
  payloadTooLarge: ['JWTPayloadSizeExceededException', 'The requested token payload is larger than the limit.'],
  tooLarge: ['RequestEntityTooLarge', 'The request is too large.'],
  badMethod: ['MethodNotAllowed', 'Only GET and POST are answered.'],
} as const satisfies Record<string, Row>

/** A refusal with a fixed text. */
export const refusal = (name: keyof typeof REFUSALS): AwsFault => {
  const [code, message] = REFUSALS[name]
  return new AwsFault(code, message)
}

import type { ErrorCode } from '../../steps/lib/core/error-table.ts'

/** An answer of STS that the sandbox has no state for: HTTP status, wire code, text, our code for it, and attempts. */
export type StsAnswer = [status: number, wire: string, text: string, code: ErrorCode, exit: number, attempts: number]

const notValidated =
  'The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity documentation for requirements.'

/** Source: protocols §5.2 and §5.2b, texts of before 2026 among them. */
export const stsAnswers: StsAnswer[] = [
  // The sandbox serves Entra's keys, and the signature is good.
  [400, 'InvalidIdentityToken', notValidated, 'AWS_TOKEN_NOT_TRUSTED', 77, 1],
  [
    400,
    'InvalidIdentityToken',
    'OpenIDConnect provider’s HTTPS certificate doesn’t match configured thumbprint',
    'AWS_TOKEN_NOT_ACCEPTED',
    77,
    1,
  ],
  [
    400,
    'InvalidIdentityToken',
    'No OpenIDConnect provider found in your account for https://sts.windows.net/x/',
    'AWS_PROVIDER_MISSING',
    77,
    1,
  ],
  [400, 'InvalidIdentityToken', 'Incorrect token audience', 'AWS_AUDIENCE_MISMATCH', 77, 1],
  [
    400,
    'InvalidIdentityToken',
    'The target role ARN is not present in the roles claim of the identity token',
    'AWS_ROLE_NOT_IN_CLAIM',
    77,
    1,
  ],
  [400, 'InvalidIdentityToken', 'Missing a required claim: iat', 'AWS_TOKEN_CLAIMS_REFUSED', 77, 1],
  [
    400,
    'InvalidIdentityToken',
    'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    'AWS_TOKEN_CLAIMS_REFUSED',
    77,
    1,
  ],
  [403, 'IDPRejectedClaim', 'The identity provider rejected the claim.', 'AWS_TOKEN_CLAIMS_REFUSED', 77, 1],
  [
    400,
    'ExpiredTokenException',
    'Token expired: current date/time 1 must be before the expiration date/time 0',
    'AWS_TOKEN_EXPIRED',
    77,
    2,
  ],
  [400, 'IDPCommunicationError', 'Error communicating with the identity provider.', 'AWS_KEYS_UNREACHABLE', 75, 3],
  [403, 'AccessDenied', 'Not authorized to perform sts:TagSession', 'AWS_NOT_AUTHORIZED', 77, 1],
  [400, 'ValidationError', 'Request ARN is invalid', 'AWS_SESSION_REQUEST_REFUSED', 64, 1],
  [
    400,
    'ValidationError',
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    'AWS_SESSION_DURATION_REFUSED',
    64,
    1,
  ],
  [400, 'MalformedPolicyDocument', 'This policy contains invalid Json', 'AWS_SESSION_POLICY_REFUSED', 64, 1],
  [400, 'PackedPolicyTooLarge', 'Packed policy consumes 107% of allotted space', 'AWS_SESSION_POLICY_TOO_LARGE', 64, 1],
  [403, 'RegionDisabledException', 'STS is not activated in this region', 'AWS_REGION_DISABLED', 77, 1],
  [400, 'Throttling', 'Rate exceeded', 'AWS_THROTTLED', 75, 6],
  [400, 'ThrottlingException', 'Rate exceeded', 'AWS_THROTTLED', 75, 6],
  [503, 'RequestLimitExceeded', 'Request limit exceeded.', 'AWS_THROTTLED', 75, 6],
  [503, 'ServiceUnavailable', 'Service Unavailable', 'AWS_UNAVAILABLE', 75, 6],
  [500, 'InternalFailure', 'Unknown error validating third-party token', 'AWS_UNAVAILABLE', 75, 6],
]

/** An error as STS frames it. */
export function stsErrorBody(wire: string, text: string): string {
  const error = `<Error><Type>Sender</Type><Code>${wire}</Code><Message>${text}</Message></Error>`
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${error}<RequestId>3d6e0000-beef</RequestId></ErrorResponse>`
}

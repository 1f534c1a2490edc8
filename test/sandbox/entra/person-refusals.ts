import type { RefusalRow } from './refusal-row.ts'

const grant = { status: 400, error: 'invalid_grant' } as const

/** Refusals of the flows for people: authorization code, refresh token, device code. */
export const personRefusals = {
  // Sign-in page.
  50011: {
    status: 400,
    error: 'invalid_request',
    text: "The redirect URI '{redirectUri}' specified in the request does not match the redirect URIs configured for the application '{client}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this error.",
    evidence: 'I',
  },
  50194: {
    status: 400,
    error: 'invalid_request',
    text: "Application '{client}'({name}) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such applications created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.",
    evidence: 'D',
  },
  700054: {
    status: 400,
    error: 'unsupported_response_type',
    text: "response_type '{responseType}' is not enabled for the application.",
    evidence: 'D',
  },
  70007: {
    status: 400,
    error: 'unsupported_response_mode',
    text: "'{responseMode}' is not a supported value of 'response_mode' when requesting a token.",
    evidence: 'D',
  },
  9002325: {
    status: 400,
    error: 'invalid_request',
    text: 'Proof Key for Code Exchange is required for cross-origin authorization code redemption.',
    evidence: 'K',
  },
  501491: { status: 400, error: 'invalid_request', text: 'Invalid size of Code_Challenge parameter.', evidence: 'D' },
  50058: {
    status: 400,
    error: 'login_required',
    text: 'Session information is not sufficient for single-sign-on.',
    evidence: 'D',
  },
  50034: {
    ...grant,
    text: 'The user account {user} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory.',
    evidence: 'D',
  },
  50057: { ...grant, text: 'The user account is disabled.', evidence: 'D' },
  50105: {
    ...grant,
    text: "Your administrator has configured the application {name} ('{resource}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '{user}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator.",
    evidence: 'D',
  },
  65001: {
    ...grant,
    text: "The user or administrator has not consented to use the application with ID '{client}' named '{name}'. Send an interactive authorization request for this user and resource.",
    evidence: 'D',
  },
  650057: {
    status: 400,
    error: 'invalid_resource',
    text: "Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration. Client app ID: {client}({name}). Resource value from request: {resource}.",
    evidence: 'D',
  },
  28000: {
    status: 400,
    error: 'invalid_request',
    text: 'Provided value for the input parameter scope is not valid because it contains more than one resource. Scope {scope} is not valid.',
    evidence: 'K',
  },

  // Codes and refresh tokens.
  9002313: { ...grant, text: 'Invalid request. Request is malformed or invalid.', evidence: 'K' },
  70000: {
    ...grant,
    text: "The provided value for the '{name}' parameter was issued to another client.",
    evidence: 'K',
  },
  700005: {
    ...grant,
    text: "The provided value for the input parameter 'code' or 'refresh_token' was issued for another tenant.",
    evidence: 'K',
  },
  500112: {
    status: 400,
    error: 'invalid_client',
    text: "The reply address '{given}' does not match the reply address '{expected}' provided when requesting Authorization code.",
    evidence: 'K',
  },
  501481: {
    ...grant,
    text: 'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
    evidence: 'I',
  },
  54005: {
    ...grant,
    text: 'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
    evidence: 'D',
  },
  70008: {
    ...grant,
    text: 'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
    evidence: 'D',
  },

  // Device code.
  70016: {
    status: 400,
    error: 'authorization_pending',
    text: 'OAuth 2.0 device flow error. Authorization is pending. Continue polling.',
    evidence: 'I',
  },
  // [K] assumption: that Entra says slow_down at all, and under this number.
  70017: { status: 400, error: 'slow_down', text: 'The client polls faster than the interval allows.', evidence: 'K' },
  70018: {
    status: 400,
    error: 'bad_verification_code',
    text: "The provided value for the input parameter 'device_code' is not valid.",
    evidence: 'D',
  },
  70020: {
    status: 400,
    error: 'expired_token',
    text: "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
    evidence: 'I',
  },
  // [K] assumption: the number; `error` is documented.
  65004: { status: 400, error: 'authorization_declined', text: 'The user declined to sign in.', evidence: 'K' },
} as const satisfies Record<number, RefusalRow>

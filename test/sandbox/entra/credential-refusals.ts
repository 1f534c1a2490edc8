import type { RefusalRow } from './refusal-row.ts'

const CHECK_CREDENTIAL =
  'heck your federated identity credential Subject, Audience and Issuer against the presented assertion. ' +
  'https://learn.microsoft.com/entra/workload-id/workload-identity-federation'
const NO_RECORD = 'No matching federated identity record found for presented assertion'

/** Refusals of the assertion, the federated credential and the resource. */
export const credentialRefusals = {
  // Assertion and federated credential.
  50027: { status: 400, error: 'invalid_request', text: 'JWT token is invalid or malformed.', evidence: 'I' },
  700222: {
    status: 401,
    error: 'invalid_client',
    text: 'AAD-issued tokens may not be used for federated identity flows.',
    evidence: 'K',
  },
  // An assertion of Entra against a credential that trusts Entra: managed identities of the same tenant only.
  700226: {
    status: 401,
    error: 'invalid_client',
    text: 'Only MSI tokens may be used as Federated Identity Credentials for AAD issuer.',
    evidence: 'I',
  },
  700229: {
    status: 401,
    error: 'invalid_client',
    text: 'Forbidden token type. Only app-only tokens can be used as Federated Identity Credentials for AAD issuer.',
    evidence: 'K',
  },
  700236: {
    status: 401,
    error: 'invalid_client',
    text: 'Entra ID tokens issued by issuer {iss} may not be used for federated identity credential flows for applications or managed identities registered in this tenant.',
    evidence: 'I',
  },
  // The number is in Microsoft's documents; the words are not.
  700223: {
    status: 401,
    error: 'invalid_client',
    text: "Workload identity federation is disabled for applications in the tenant '{tenant}'.",
    evidence: 'K',
  },
  700238: {
    status: 401,
    error: 'invalid_client',
    text: "The policy of the tenant '{tenant}' does not allow federated identity credentials of the issuer '{iss}'.",
    evidence: 'K',
  },
  70025: {
    status: 401,
    error: 'invalid_client',
    text: "The client '{client}'({name}) has no configured federated identity credentials.",
    evidence: 'I',
  },
  70021: {
    status: 401,
    error: 'invalid_client',
    text: `${NO_RECORD}. Assertion Issuer: '{iss}'. Assertion Subject: '{sub}'. Assertion Audience: '{aud}'. https://learn.microsoft.com/entra/workload-id/workload-identity-federation`,
    evidence: 'I',
  },
  700211: {
    status: 401,
    error: 'invalid_client',
    text: `${NO_RECORD} issuer '{iss}'. Please c${CHECK_CREDENTIAL}`,
    evidence: 'I',
  },
  700212: {
    status: 401,
    error: 'invalid_client',
    text: `${NO_RECORD} audience '{aud}'. Please c${CHECK_CREDENTIAL}`,
    evidence: 'I',
  },
  700213: {
    status: 401,
    error: 'invalid_client',
    text: `${NO_RECORD} subject '{sub}'. C${CHECK_CREDENTIAL}`,
    evidence: 'I',
  },
  7002138: {
    status: 401,
    error: 'invalid_client',
    text: `${NO_RECORD} subject '{sub}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. C${CHECK_CREDENTIAL}`,
    evidence: 'I',
  },
  90061: { status: 400, error: 'invalid_request', text: 'Request to External OIDC endpoint failed.', evidence: 'I' },
  7000272: {
    status: 401,
    error: 'invalid_client',
    text: "The certificate with identifier {kid} used to sign the federated credential could not be found in the metadata of identity provider {iss}. Please validate that your Identity Provider's metadata exposes the key used to sign the incoming token.",
    evidence: 'I',
  },
  700027: {
    status: 401,
    error: 'invalid_client',
    text: 'Client assertion failed signature validation.',
    evidence: 'D',
  },
  700024: {
    status: 401,
    error: 'invalid_client',
    text: 'Client assertion is not within its valid time range. Current time: {now}, assertion valid from {nbf}, expiry time of assertion {exp}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .',
    evidence: 'I',
  },

  // Scope and resource.
  1002012: {
    status: 400,
    error: 'invalid_scope',
    text: 'The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).',
    evidence: 'I',
  },
  70011: {
    status: 400,
    error: 'invalid_scope',
    text: "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid.",
    evidence: 'D',
  },
  500011: {
    status: 400,
    error: 'invalid_resource',
    text: 'The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.',
    evidence: 'I',
  },
  500014: {
    status: 400,
    error: 'invalid_resource',
    text: "The service principal for resource '{resource}' is disabled.",
    evidence: 'K',
  },
  // Both invalid_grant and invalid_client were reported.
  501051: {
    status: 400,
    error: 'invalid_grant',
    text: "Application '{client}'({name}) is not assigned to a role for the application '{resource}'({resourceName}).",
    evidence: 'K',
  },
  53003: {
    status: 400,
    error: 'invalid_grant',
    text: 'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    evidence: 'K',
  },
} as const satisfies Record<number, RefusalRow>

import type { RefusalRow } from './refusal-row.ts'

/** Refusals of the tenant, the form of the request and the client. */
export const requestRefusals = {
  // Tenant.
  90002: {
    status: 400,
    error: 'invalid_request',
    text: "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
    evidence: 'D',
  },
  900021: {
    status: 400,
    error: 'invalid_request',
    text: "Requested tenant identifier '{tenant}' is not valid. Tenant identifiers may not be an empty GUID.",
    evidence: 'K',
  },
  900023: {
    status: 400,
    error: 'invalid_request',
    text: "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.",
    evidence: 'I',
  },
  50059: {
    status: 400,
    error: 'invalid_request',
    text: 'No tenant-identifying information found in either the request or implied by any provided credentials.',
    evidence: 'K',
  },
  9001023: {
    status: 400,
    error: 'invalid_request',
    text: 'The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.',
    evidence: 'K',
  },
  900382: {
    status: 400,
    error: 'invalid_request',
    text: 'Confidential Client is not supported in Cross Cloud request.',
    evidence: 'I',
  },
  100007: {
    status: 400,
    error: 'invalid_request',
    text: 'AAD Regional ONLY supports auth either for MSIs OR for requests from MSAL using SN+I for 1P apps or 3P apps in Microsoft infrastructure tenants.',
    evidence: 'K',
  },
  50196: {
    status: 400,
    error: 'invalid_request',
    text: 'The server terminated an operation because it encountered a client request loop. Please contact your app vendor.',
    evidence: 'K',
  },
  50049: { status: 400, error: 'invalid_instance', text: 'Unknown or invalid instance.', evidence: 'D' },

  // Form of the request.
  900561: {
    status: 400,
    error: 'invalid_request',
    text: 'The endpoint only accepts POST requests. Received a {method} request.',
    evidence: 'K',
  },
  9000411: {
    status: 400,
    error: 'invalid_request',
    text: "The request is not properly formatted. The parameter '{name}' is duplicated.",
    evidence: 'K',
  },
  900144: {
    status: 400,
    error: 'invalid_request',
    text: "The request body must contain the following parameter: '{name}'.",
    evidence: 'D',
  },
  70003: {
    status: 400,
    error: 'unsupported_grant_type',
    text: "The app requested an unsupported grant type '{grant}'.",
    evidence: 'D',
  },
  901002: {
    status: 400,
    error: 'invalid_request',
    text: "The 'resource' request parameter is not supported.",
    evidence: 'D',
  },
  7000216: {
    status: 401,
    error: 'invalid_client',
    text: "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    evidence: 'I',
  },
  7000215: {
    status: 401,
    error: 'invalid_client',
    text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client}'.",
    evidence: 'D',
  },
  70002: {
    status: 400,
    error: 'invalid_client',
    text: "Error validating credentials. The 'client_assertion_type' is not 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'.",
    evidence: 'K',
  },

  // Of apps that have no credential, or must show one.
  7000218: {
    status: 401,
    error: 'invalid_client',
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    evidence: 'I',
  },
  700025: {
    status: 401,
    error: 'invalid_client',
    text: "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    evidence: 'D',
  },

  // Client.
  700016: {
    status: 400,
    error: 'unauthorized_client',
    text: "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
    evidence: 'K',
  },
  7000229: {
    status: 401,
    error: 'invalid_client',
    text: 'The client application {client} is missing service principal in the tenant {tenant}. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119',
    evidence: 'I',
  },
  7000112: {
    status: 400,
    error: 'unauthorized_client',
    text: "Application '{client}'({name}) is disabled.",
    evidence: 'K',
  },
} as const satisfies Record<number, RefusalRow>

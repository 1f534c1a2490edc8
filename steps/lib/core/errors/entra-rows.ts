import { addCredential, credential } from './federated-credential.ts'
import { defineErrors } from './row.ts'

/** What Microsoft Entra answers to the exchange. AADSTS codes are mapped to these in azure/aadsts.ts. */
export const entraRows = defineErrors({
  ENTRA_NO_MATCHING_CREDENTIAL: {
    exit: 77,
    retry: 'propagation',
    what: 'Entra knows the client <client>, but none of its federated credentials has the issuer, subject and audience that were sent.',
    sent: credential,
    remedy: addCredential,
  },
  ENTRA_ISSUER_MISMATCH: {
    exit: 77,
    retry: 'propagation',
    what: 'Entra knows the client <client>, but none of its federated credentials has the issuer that was sent.',
    sent: credential,
    remedy: addCredential,
  },
  ENTRA_AUDIENCE_MISMATCH: {
    exit: 77,
    retry: 'propagation',
    what: 'Entra knows the client <client>, but its federated credential for this issuer and subject has another audience.',
    sent: credential,
    remedy: `Either change the credential's audience to the one that was sent, or give the Task the param token-audience. US Government and China have audiences of their own.
${addCredential}`,
  },
  ENTRA_SUBJECT_MISMATCH: {
    exit: 77,
    retry: 'propagation',
    what: 'Entra knows the client <client>, but none of its federated credentials has the subject that was sent.',
    sent: credential,
    remedy: addCredential,
  },
  ENTRA_SUBJECT_CASE: {
    exit: 77,
    retry: 'never',
    what: 'A federated credential of the client <client> has the subject in other upper and lower case; Entra compares exactly.',
    sent: credential,
    remedy: `Spell the subject in the credential exactly as it was sent.
${addCredential}`,
  },
  ENTRA_NO_FEDERATED_CREDENTIAL: {
    exit: 77,
    retry: 'propagation',
    what: 'The client <client> exists, but has no federated credential at all.',
    sent: credential,
    remedy: addCredential,
  },
  ENTRA_ASSERTION_EXPIRED: {
    exit: 77,
    retry: 'reread',
    what: 'Entra says that the token it was shown is outside its time: it is valid from <from> to <to>.',
    sent: credential,
    remedy:
      'The token was read anew and refused again, so a clock is wrong: compare the node’s clock with the time in the cause.',
  },
  ENTRA_ASSERTION_MALFORMED: {
    exit: 77,
    retry: 'never',
    what: 'Entra could not read the projected token as a JWT.',
    remedy:
      'Something between the pod and Entra changed the request, or the token file is no service-account token. Look at the proxy.',
  },
  ENTRA_SIGNING_KEY_UNKNOWN: {
    exit: 77,
    retry: 'propagation',
    what: "The key that signed the token is not in the issuer's published JWKS, as Entra sees it.",
    sent: ['issuer', 'kid'],
    remedy:
      'Publish the cluster’s current JWKS under the issuer URL (with azure-identity: aws the issuer is AWS’s: try again later). After a key rotation Entra may need some minutes; it stores the first 100 keys only.\nkubectl get --raw /openid/v1/jwks',
  },
  ENTRA_SIGNATURE_INVALID: {
    exit: 77,
    retry: 'never',
    what: 'The signature of the token does not fit the key that the issuer publishes.',
    sent: ['issuer', 'kid'],
    remedy:
      'Two clusters share one issuer URL, or the published JWKS is from another cluster. Compare it with this one:\nkubectl get --raw /openid/v1/jwks',
  },
  ENTRA_ISSUER_UNREACHABLE: {
    exit: 75,
    retry: 'transient',
    what: 'Entra could not fetch the discovery document or JWKS of the token’s issuer.',
    sent: ['issuer'],
    remedy:
      'The issuer must be public. When this answers from outside the network, try again later:\ncurl <discovery document>',
  },
  ENTRA_TOKEN_KIND_REFUSED: {
    exit: 77,
    retry: 'never',
    what: 'Entra does not accept a token of this kind as an assertion: it was issued by Entra itself.',
    sent: ['issuer', 'subject'],
    remedy: 'Mount the projected service-account token of the cluster, not a token that Entra gave.',
  },
  ENTRA_FEDERATION_FORBIDDEN: {
    exit: 77,
    retry: 'never',
    what: 'A policy of the tenant <tenant> does not allow federated credentials of this issuer.',
    sent: credential,
    remedy: 'Ask the tenant’s administrators to allow the issuer, or use a user-assigned managed identity.',
  },
  ENTRA_CLIENT_UNKNOWN: {
    exit: 77,
    retry: 'propagation',
    what: 'There is no application or managed identity <client> in the tenant <tenant>.',
    remedy:
      'Check client-id (the application id, not the object id) and tenant-id:\naz ad sp show --id <client>\nAn app of several tenants must be known in this one: an administrator of it opens, once,\n<authority>/<tenant>/adminconsent?client_id=<client>',
  },
  ENTRA_SERVICE_PRINCIPAL_MISSING: {
    exit: 77,
    retry: 'propagation',
    what: 'The application <client> has no service principal in the tenant <tenant>.',
    remedy:
      'Create it:\naz ad sp create --id <client>\nOf an app of another tenant an administrator of this one opens, once:\n<authority>/<tenant>/adminconsent?client_id=<client>',
  },
  ENTRA_CLIENT_DISABLED: {
    exit: 77,
    retry: 'never',
    what: 'The application <client> is disabled in the tenant <tenant>.',
    remedy: 'Ask who disabled it. To enable it again:\naz ad sp update --id <client> --set accountEnabled=true',
  },
  ENTRA_RESOURCE_UNKNOWN: {
    exit: 77,
    retry: 'never',
    what: 'The tenant <tenant> has no resource <resource>.',
    remedy:
      'Check aws-token-resource: it is the application ID URI (or client id) of the Entra app that stands for the AWS role.\naz ad app list --identifier-uri <resource>',
  },
  ENTRA_ROLE_NOT_ASSIGNED: {
    exit: 77,
    retry: 'never',
    what: 'The client <client> has no app role on <resource>, which requires one.',
    remedy:
      'Assign an app role directly to the service principal (through a group it does not count):\naz rest --method POST \\\n  --uri https://graph.microsoft.com/v1.0/servicePrincipals/RESOURCE_SP/appRoleAssignedTo \\\n  --body \'{"principalId":"CLIENT_SP","resourceId":"RESOURCE_SP","appRoleId":"ROLE"}\'',
  },
  ENTRA_BLOCKED_BY_POLICY: {
    exit: 77,
    retry: 'never',
    what: 'A Conditional Access policy of the tenant <tenant> blocks the client <client>.',
    remedy:
      'Look the trace id up in the service-principal sign-in log: it names the policy. Location policies see the address of the cluster’s egress.',
  },
  ENTRA_TENANT_UNKNOWN: {
    exit: 77,
    retry: 'never',
    what: 'Entra at <authority> knows no tenant <tenant>.',
    remedy: 'Check tenant-id, and azure-cloud: a tenant of US Government or China is unknown to the public cloud.',
  },
  ENTRA_WRONG_CLOUD: {
    exit: 77,
    retry: 'never',
    what: 'The tenant <tenant> or the client <client> lives in another Azure cloud than <authority>.',
    remedy: 'Set azure-cloud to the cloud of the tenant: AzureCloud, AzureUSGovernment or AzureChinaCloud.',
  },
  ENTRA_TENANT_DIFFERS: {
    exit: 77,
    retry: 'never',
    what: 'Entra answered with a token of another tenant than the one that was asked. It was not used.',
    sent: ['asked tenant', 'answered tenant'],
    remedy:
      'Give tenant-id as the tenant’s GUID. When it is one, something answers in Entra’s place: look at the proxy and its CA.',
  },
  ENTRA_THROTTLED: {
    exit: 75,
    retry: 'transient',
    what: 'Entra asks to slow down.',
    remedy:
      'Too many exchanges of one client at the same time. Run fewer at once, or give groups of pipelines identities of their own.',
  },
  ENTRA_UNAVAILABLE: {
    exit: 75,
    retry: 'transient',
    what: 'Entra at <authority> did not answer as it should (HTTP <status>).',
    remedy:
      'Nothing to change here: try again later. When every run does so, look at the proxy between the pod and <authority>.',
  },
  ENTRA_REFUSED: {
    exit: 77,
    retry: 'never',
    what: 'Entra refused the exchange for the client <client>.',
    sent: credential,
    remedy: 'The cause below is Entra’s own text; the code is explained at https://login.microsoftonline.com/error',
  },
})

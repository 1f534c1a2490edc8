import { defineErrors } from './row.ts'

const compared = ['issuer', 'compared audience', 'token audience', 'subject'] as const

const trustPolicy = `The trust policy of <role> must admit exactly this token:
<trust policy>
Saved as trust.json:
aws iam update-assume-role-policy --role-name <role name> \\
  --policy-document file://trust.json` as const

const providerAndClient = `1. an IAM OIDC provider with the URL <issuer>, spelled exactly so (trailing slash):
aws iam get-open-id-connect-provider \\
  --open-id-connect-provider-arn <provider>
2. its client-ID list holds <compared audience>, the <compared claim> of the token:
aws iam add-client-id-to-open-id-connect-provider \\
  --open-id-connect-provider-arn <provider> \\
  --client-id <compared audience>` as const

const createProvider = `When the provider is missing altogether:
aws iam create-open-id-connect-provider --url <issuer> \\
  --client-id-list <compared audience>` as const

/** What AWS STS answers, and what all AWS APIs do. The texts are mapped to these in aws/sts-error.ts and aws/api-call.ts. */
export const awsRows = defineErrors({
  AWS_ACCOUNT_NOT_ALLOWED: {
    exit: 77,
    retry: 'never',
    what: 'The <source> is in the AWS account <account>, which allowed-accounts does not list. Nothing was sent there.',
    sent: ['allowed accounts'],
    remedy:
      'If the account is right, add it to allowed-accounts in the identity profile (a param can only narrow that list).',
  },
  AWS_NOT_AUTHORIZED: {
    exit: 77,
    retry: 'propagation',
    what: 'STS does not let this token assume <role>: the role does not exist, or its trust policy does not admit it.',
    sent: compared,
    remedy: trustPolicy,
  },
  AWS_TOKEN_NOT_ACCEPTED: {
    exit: 77,
    retry: 'propagation',
    what: 'STS could not validate the token. It gives one text for several causes and does not say which.',
    sent: compared,
    remedy: `Check in this order, in the account <account>:
${providerAndClient}
3. the signature, which was not checked here: <unchecked because>. It is bad only when something on the way changed the token.
${createProvider}`,
  },
  AWS_TOKEN_NOT_TRUSTED: {
    exit: 77,
    retry: 'propagation',
    what: 'The AWS account <account> does not trust the token. Its signature is good: it was checked with the keys of <issuer>.',
    sent: compared,
    remedy: `One of two things is missing in the account <account>:
${providerAndClient}
${createProvider}`,
  },
  AWS_TOKEN_SIGNATURE_BAD: {
    exit: 77,
    retry: 'propagation',
    what: 'STS could not validate the Entra token, and its signature is bad: <finding>. It was checked with the keys of <issuer>.',
    sent: ['issuer', 'kid', 'token audience'],
    remedy: `Neither the OIDC provider nor its client-ID list is the cause. One of these is:
1. aws-token-resource names an API of Microsoft's own, whose tokens nobody else can verify. It must be an app of your tenant.
2. Claims mapping gave that app a signing key of its own, which Entra publishes only where AWS does not look (?appid=).
3. Something between Entra and this pod changed the token: look at the proxy and its CA.`,
  },
  AWS_PROVIDER_MISSING: {
    exit: 77,
    retry: 'propagation',
    what: 'The AWS account <account> has no IAM OIDC provider for the issuer of the token.',
    sent: compared,
    remedy: 'aws iam create-open-id-connect-provider --url <issuer> --client-id-list <compared audience>',
  },
  AWS_AUDIENCE_MISMATCH: {
    exit: 77,
    retry: 'propagation',
    what: 'The IAM OIDC provider does not list the audience that AWS compares (azp where the token has one, else aud).',
    sent: compared,
    remedy:
      'aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn <provider> --client-id <compared audience>',
  },
  AWS_KEYS_UNREACHABLE: {
    exit: 75,
    retry: 'keys',
    what: 'STS could not get the key that signed the token from its issuer.',
    sent: ['issuer', 'kid'],
    remedy:
      'Usually over in a minute: try again. When it stays, the key <kid> is not in the JWKS of <issuer>, or that cannot be reached from AWS.',
  },
  AWS_ROLE_NOT_IN_CLAIM: {
    exit: 77,
    retry: 'never',
    what: 'The Entra token carries a roles claim for AWS, and <role> is not in it.',
    remedy:
      'Add the ARN to the claim https://aws.amazon.com/roles of the Entra app, or assume a role that is listed there.',
  },
  AWS_TOKEN_EXPIRED: {
    exit: 77,
    retry: 'reread',
    what: 'STS says that the token has expired. The times in its text are shifted by five minutes of tolerance.',
    sent: ['issuer'],
    remedy:
      'The token was obtained anew and refused again, so a clock is wrong: compare the node’s with the one in the cause.',
  },
  AWS_TOKEN_CLAIMS_REFUSED: {
    exit: 77,
    retry: 'never',
    what: 'STS does not accept the claims of the token.',
    sent: compared,
    remedy:
      'The cause names the claim. Claims mapping policies of the app behind aws-token-resource can add, change or drop claims.',
  },
  AWS_SESSION_REQUEST_REFUSED: {
    exit: 64,
    retry: 'never',
    what: 'STS does not accept the request for <role>.',
    remedy:
      'The cause names the member. aws-role-arn must be the ARN of a role, with its path:\naws iam get-role --query Role.Arn \\\n  --role-name <role name>',
  },
  AWS_SESSION_DURATION_REFUSED: {
    exit: 64,
    retry: 'never',
    what: 'STS gives no session of <duration> for <role>: that is longer than the role allows.',
    remedy: `Give a shorter aws-session-duration, from 15m up to what the role allows:
aws iam get-role --query Role.MaxSessionDuration \\
  --role-name <role name>
A push that takes longer obtains another session by itself.`,
  },
  AWS_SESSION_POLICY_REFUSED: {
    exit: 64,
    retry: 'never',
    what: 'STS does not accept the session policy for <role>: it is no policy document.',
    remedy: `Correct aws-session-policy: one JSON object with Version and Statement, where statements have no Principal. AWS says what it finds:
aws accessanalyzer validate-policy --policy-type IDENTITY_POLICY \\
  --policy-document file://policy.json`,
  },
  AWS_SESSION_POLICY_TOO_LARGE: {
    exit: 64,
    retry: 'never',
    what: 'STS does not accept the session policy for <role>: it is too large.',
    remedy:
      'Shorten aws-session-policy: at most 2,048 characters, and AWS also limits its packed form (the cause says by how much). Leave out spaces, name actions by wildcards, or put what is common to all runs into the policies of the role.',
  },
  AWS_REGION_DISABLED: {
    exit: 77,
    retry: 'never',
    what: 'STS is not enabled for the account <account> in the region <region>.',
    remedy: 'Enable the region for the account, or set aws-region to one that is enabled.',
  },
  AWS_ACCOUNT_DIFFERS: {
    exit: 77,
    retry: 'never',
    what: 'STS answered with a session of another account or role than the one that was asked. It was not used.',
    sent: ['asked role', 'answered role'],
    remedy: 'Something answers in the place of STS: look at the proxy and its CA.',
  },
  AWS_THROTTLED: {
    exit: 75,
    retry: 'transient',
    what: '<service> asks to slow down.',
    remedy: 'Run fewer TaskRuns at once, or spread them over roles and accounts.',
  },
  AWS_UNAVAILABLE: {
    exit: 75,
    retry: 'transient',
    what: '<service> at <host> did not answer as it should.',
    remedy:
      'Nothing to change here: try again later. When every run does so, look at the proxy between the pod and <host>.',
  },
})

import { example } from '../sandbox/example-cloud.ts'
import {
  byFile,
  byIam,
  conditions,
  entraIssuer,
  key,
  provider,
  providersOf,
  trustOf,
  type BrokenTrust,
  accountOf,
  trustCreate,
} from './broken-trust.ts'
import { ecrPlace } from './trust-door.ts'

const { [`${key}:oaud`]: _oaud, ...withoutOaud } = conditions

/** What AWS does not trust, or does not have. */
export const brokenAws: readonly BrokenTrust[] = [
  {
    what: 'the AWS account has no OIDC provider for the tenant',
    cloud: providersOf(),
    rows: ['session:aws-token-not-trusted'],
    create: ['IAM OIDC provider', 'client id'],
  },
  {
    what: 'the OIDC provider is for the tenant’s v1 issuer, and tokens are v2',
    cloud: providersOf({ url: `https://sts.windows.net/${example.tenantId}/`, clientIds: [example.clientId] }),
    rows: ['session:aws-token-not-trusted'],
    create: ['IAM OIDC provider', 'client id'],
  },
  {
    what: 'the OIDC provider lists the API and not the client (AWS compares `azp`)',
    cloud: providersOf({ url: entraIssuer, clientIds: [example.awsAppId] }),
    rows: ['session:aws-token-not-trusted'],
    create: ['IAM OIDC provider', 'client id'],
  },
  {
    what: 'the resource for AWS is an API of Microsoft’s, whose tokens AWS cannot verify',
    variation: { params: { 'aws-token-resource': 'https://graph.microsoft.com' } },
    rows: ['session:aws-token-signature-bad'],
  },
  {
    what: 'the role does not exist, or its trust policy keeps the token out, and nobody may read it',
    variation: { params: { 'aws-role-arn': `arn:aws:iam::${example.accountId}:role/absent` } },
    rows: ['session:aws-not-authorized'],
    create: trustCreate,
  },
  {
    what: 'the role does not exist, though its policy is right in a file',
    variation: {
      params: { 'aws-role-arn': `arn:aws:iam::${example.accountId}:role/absent` },
      policyText: JSON.stringify(trustOf({})),
    },
    rows: ['trust-policy:role-missing-or-policy-differs'],
    create: trustCreate,
  },
  {
    what: 'the trust policy names another service principal (`sub`)',
    ...byFile(trustOf({}, { ...conditions, [`${key}:sub`]: example.clientId })),
    rows: ['trust-policy:trust-policy-sub'],
    create: trustCreate,
  },
  {
    what: 'the trust policy has the API as `aud` (AWS compares `azp`)',
    ...byFile(trustOf({}, { ...conditions, [`${key}:aud`]: example.awsAppId })),
    rows: ['trust-policy:trust-policy-aud'],
    create: trustCreate,
  },
  {
    what: 'the trust policy names another API (`oaud`)',
    ...byFile(trustOf({}, { ...conditions, [`${key}:oaud`]: example.clientId })),
    rows: ['trust-policy:trust-policy-oaud'],
    create: trustCreate,
  },
  {
    what: 'the trust policy names another OIDC provider',
    ...byFile(trustOf({ Principal: { Federated: provider.replace('/v2.0', '/') } })),
    rows: ['trust-policy:trust-policy-provider'],
    create: trustCreate,
  },
  {
    what: 'the trust policy trusts AWS principals, and no provider',
    ...byFile(trustOf({ Principal: { AWS: `arn:aws:iam::${example.accountId}:root` } })),
    rows: ['trust-policy:trust-policy-provider'],
    create: trustCreate,
  },
  {
    what: 'the trust policy allows another action (`sts:AssumeRole`)',
    ...byFile(trustOf({ Action: 'sts:AssumeRole' })),
    rows: ['trust-policy:trust-policy-action'],
    create: trustCreate,
  },
  {
    what: 'a condition key of the trust policy is spelled for another issuer',
    ...byFile(trustOf({}, { ...withoutOaud, [`sts.windows.net/${example.tenantId}/:oaud`]: example.awsAppId })),
    rows: ['trust-policy:trust-policy-condition-key'],
    create: trustCreate,
  },
  {
    what: 'a statement of the trust policy denies the token',
    ...byFile({
      ...trustOf({}),
      Statement: [...trustOf({}).Statement, ...trustOf({ Effect: 'Deny', Sid: 'Closed' }).Statement],
    }),
    rows: ['trust-policy:trust-policy-deny'],
    create: trustCreate,
  },
  {
    what: 'the trust policy pins no `oaud`, seen by iam:GetRole: STS lets the token in, and those of other APIs too',
    ...byIam(trustOf({}, withoutOaud)),
    rows: ['trust-policy:trust-policy-without-oaud'],
    create: trustCreate,
  },
  {
    what: 'the trust policy pins no `oaud`, seen in a file',
    ...byFile(trustOf({}, withoutOaud)),
    rows: ['trust-policy:trust-policy-without-oaud'],
    create: trustCreate,
  },
  {
    what: 'the file of the trust policy holds none',
    variation: { policyText: '{"Version":"2012-10-17"}' },
    rows: ['trust-policy:trust-policy-unreadable'],
  },
  {
    what: 'longer sessions are asked for than the role allows',
    variation: { params: { 'aws-session-duration': '2h' } },
    rows: ['session:aws-session-duration-refused'],
  },
  {
    what: 'STS is switched off in the region',
    cloud: accountOf({ stsDisabledRegions: [example.region] }),
    rows: ['session:aws-region-disabled'],
  },
  {
    what: 'the cluster’s issuer has a port, and IAM takes no such provider (`aws-identity: cluster`)',
    variation: {
      params: { 'aws-identity': 'cluster', images: [ecrPlace] },
      awsToken: { issuer: 'https://oidc.cluster.example:6443/' },
    },
    rows: ['issuer:issuer-not-for-iam'],
  },
  {
    what: 'the cluster’s issuer has a name of its own, and AWS is to verify its tokens (`aws-identity: cluster`)',
    variation: {
      params: { 'aws-identity': 'cluster', images: [ecrPlace] },
      awsToken: { issuer: 'https://kubernetes.default.svc' },
    },
    rows: ['issuer:issuer-private'],
  },
  {
    what: 'the OIDC provider of the cluster’s issuer is missing (`aws-identity: cluster`)',
    variation: { params: { 'aws-identity': 'cluster', images: [ecrPlace] } },
    rows: ['session:aws-token-not-trusted'],
    create: ['IAM OIDC provider', 'client id'],
  },
]

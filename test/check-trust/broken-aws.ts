import type { AcrRegistry } from '../sandbox/registry/acr-config.ts'
import type { SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import {
  appOf,
  byFile,
  byIam,
  conditions,
  entraIssuer,
  key,
  provider,
  providersOf,
  roleOf,
  trustOf,
  type BrokenTrust,
} from './broken-trust.ts'
import { ecrPlace } from './trust-door.ts'

const { [`${key}:oaud`]: _oaud, ...withoutOaud } = conditions
const trustCreate = ['trust policy of']

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

/** Who is let in and may not push. */
export const brokenRegistries: readonly BrokenTrust[] = [
  {
    what: 'the role may not log in to ECR',
    cloud: roleOf({ policies: [] }),
    rows: ['push:ecr-not-authorized'],
    create: ['permission of'],
  },
  {
    what: 'the role may log in to ECR and not begin an upload',
    cloud: allowed('ecr:GetAuthorizationToken', 'ecr:DescribeRepositories'),
    rows: ['push:registry-denied'],
    create: ['permission of'],
  },
  {
    what: 'the ECR repository does not exist',
    cloud: accountOf({ repositories: [] }),
    rows: ['push:registry-repository-unknown'],
    create: ['ECR repository'],
  },
  {
    what: 'the ECR repository is another account’s, and has no policy for the role',
    cloud: otherAccount(),
    variation: { params: { images: [ecrPlace.replace(example.accountId, '210987654321')] } },
    rows: ['push:ecr-not-authorized'],
    create: ['permission of', 'policy of the ECR repository'],
  },
  {
    what: 'the identity has no role on the ACR',
    cloud: acrOf({ roleAssignments: [] }),
    rows: ['push:acr-no-push-permission'],
    create: ['role AcrPush', 'role Container Registry Repository Writer'],
  },
  {
    what: 'the identity may pull from the ACR and not push',
    cloud: acrOf({ roleAssignments: [{ principalId: example.principalId, role: 'AcrPull' }] }),
    rows: ['push:acr-no-push-permission'],
    create: ['role AcrPush', 'role Container Registry Repository Writer'],
  },
  {
    what: 'the ACR is in repository mode (ABAC), where AcrPush does not count',
    cloud: acrOf({ roleAssignmentMode: 'rbac-abac' }),
    rows: ['push:acr-no-push-permission'],
    create: ['role AcrPush', 'role Container Registry Repository Writer'],
  },
  {
    what: 'the ACR belongs to another tenant',
    cloud: { ...acrOf({ tenantId: example.subscriptionId }), subscriptions: [] },
    rows: ['push:acr-exchange-refused'],
  },
]

/** What works, and should not stay so. */
export const weakTrusts: readonly BrokenTrust[] = [
  {
    what: 'the trust policy pins no `sub`',
    ...byIam(trustOf({}, { [`${key}:aud`]: example.clientId, [`${key}:oaud`]: example.awsAppId })),
    rows: ['trust-policy:trust-policy-without-sub'],
    create: trustCreate,
  },
  {
    what: 'the trust policy lets in a pattern of `sub`',
    ...byIam(
      trustOf({
        Condition: {
          StringEquals: { [`${key}:aud`]: example.clientId, [`${key}:oaud`]: example.awsAppId },
          StringLike: { [`${key}:sub`]: `${example.principalId.slice(0, 8)}*` },
        },
      }),
    ),
    rows: ['trust-policy:trust-policy-wide-sub'],
    create: trustCreate,
  },
  {
    what: 'the trust policy pins no `aud`',
    ...byIam(trustOf({}, { [`${key}:oaud`]: example.awsAppId, [`${key}:sub`]: example.principalId })),
    rows: ['trust-policy:trust-policy-without-aud'],
    create: trustCreate,
  },
  {
    what: 'the file is not the trust policy that AWS has',
    variation: { policyText: JSON.stringify(trustOf({}, { ...conditions, [`${key}:sub`]: example.clientId })) },
    rows: ['trust-policy:trust-policy-differs'],
    create: trustCreate,
  },
  {
    what: '18 of 20 federated credentials are used',
    cloud: appOf(example.clientId, {
      graphPermissions: ['Application.Read.All'],
      federatedCredentials: Array.from({ length: 18 }, (_, at) => ({
        name: `cluster-${at}`,
        issuer: at === 17 ? example.issuer : `https://oidc.cluster-${at}.example/`,
        subject: 'system:serviceaccount:ci:builder',
        audiences: ['api://AzureADTokenExchange'] as const,
      })),
    }),
    rows: ['credential-count:credentials-nearly-used-up'],
  },
  {
    what: 'the app for AWS requires no assignment, seen by its role-less token',
    cloud: appOf(example.awsAppId, { appRoleAssignmentRequired: false, appRoleAssignments: [] }),
    rows: ['assignment:assignment-not-required'],
    create: ['assignment required'],
  },
  {
    what: 'the app for AWS requires no assignment, seen by Microsoft Graph',
    cloud: appOf(
      example.clientId,
      { graphPermissions: ['Application.Read.All'] },
      appOf(example.awsAppId, { appRoleAssignmentRequired: false }),
    ),
    rows: ['assignment:assignment-not-required'],
    create: ['assignment required'],
  },
  {
    what: 'sessions are asked for that last longer than an hour',
    cloud: roleOf({ maxSessionDuration: 43_200 }),
    variation: { params: { 'aws-session-duration': '12h' } },
    rows: ['session:session-longer-than-needed'],
  },
  {
    what: 'the role gives sessions of more than an hour to whoever asks',
    cloud: roleOf({ maxSessionDuration: 43_200 }, byIam(trustOf({})).cloud),
    rows: ['session:role-allows-long-sessions'],
  },
  {
    what: 'the projected token lives longer than a day',
    variation: { token: { expiresInSeconds: 7 * 86_400 } },
    rows: ['token:token-long-lived'],
  },
  {
    what: 'the token is bound to no pod (`kubectl create token`)',
    variation: { token: { claims: { 'kubernetes.io': { namespace: 'ci', serviceaccount: { name: 'builder' } } } } },
    rows: ['token:token-not-bound'],
  },
]

type Account = SandboxConfig['accounts'][number]

function accountOf(change: Partial<Account>): SandboxConfig {
  const cloud = exampleCloud()
  return { ...cloud, accounts: cloud.accounts.map((one) => ({ ...one, ...change })) }
}

function otherAccount(): SandboxConfig {
  const cloud = allowed('*')
  const repositories = cloud.accounts[0]?.repositories ?? []
  return { ...cloud, accounts: [...cloud.accounts, { id: '210987654321', oidcProviders: [], roles: [], repositories }] }
}

function allowed(...actions: readonly string[]): SandboxConfig {
  const statement = { Effect: 'Allow', Action: actions, Resource: '*' } as const
  return roleOf({ policies: [{ Version: '2012-10-17', Statement: [statement] }] })
}

function acrOf(change: Partial<AcrRegistry>): SandboxConfig {
  const cloud = exampleCloud()
  return { ...cloud, acrRegistries: cloud.acrRegistries.map((one) => ({ ...one, ...change })) }
}

import { example } from '../sandbox/example-cloud.ts'
import { appOf, byIam, conditions, key, roleOf, trustOf, type BrokenTrust, trustCreate } from './broken-trust.ts'

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

import type { SandboxConfig } from './config.ts'

/** The names of the example: one tenant, one AWS account, one registry in each cloud, as the README and the tour show them. */
export const example = {
  issuer: 'https://oidc.cluster.example/4f2a/',
  tenantId: '6f1c9f4e-2b7a-4c5d-9e8f-0a1b2c3d4e5f',
  /** The app that pipelines act as. */
  clientId: '1f2e3d4c-5b6a-4978-8796-a5b4c3d2e1f0',
  principalId: '7a6b5c4d-3e2f-4a1b-8c9d-0e1f2a3b4c5d',
  /** The app that stands for the AWS role; its assignments decide who may assume it. */
  awsAppId: 'c0ffee00-1111-4222-8333-444455556666',
  awsTokenResource: 'api://aws-ci',
  accountId: '123456789012',
  region: 'eu-central-1',
  roleArn: 'arn:aws:iam::123456789012:role/ci-push',
  ecrHost: '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
  acrHost: 'contoso.azurecr.io',
  subscriptionId: '5b6c7d8e-1a2b-4c3d-8e4f-6a7b8c9d0e1f',
  repository: 'shop/web',
  namespace: 'ci',
  serviceAccount: 'builder',
} as const

/** The example's clouds with the trust that lets `ci/builder` push to both registries, and nobody else anywhere. */
export function exampleCloud(): SandboxConfig {
  return {
    issuers: [{ url: example.issuer }],
    tenants: [
      {
        id: example.tenantId,
        domains: ['contoso.onmicrosoft.com'],
        apps: [
          {
            clientId: example.clientId,
            displayName: 'ci-builder',
            servicePrincipalId: example.principalId,
            federatedCredentials: [
              {
                name: 'tekton-ci-builder',
                issuer: example.issuer,
                subject: `system:serviceaccount:${example.namespace}:${example.serviceAccount}`,
                audiences: ['api://AzureADTokenExchange'],
              },
            ],
          },
          {
            clientId: example.awsAppId,
            displayName: 'aws-ci',
            servicePrincipalId: 'dddddddd-2222-4333-8444-555566667777',
            identifierUris: [example.awsTokenResource],
            requestedAccessTokenVersion: 2,
            appRoleAssignmentRequired: true,
            appRoleAssignments: [{ clientId: example.clientId, role: 'Push' }],
          },
        ],
      },
    ],
    accounts: [
      {
        id: example.accountId,
        oidcProviders: [{ url: entraIssuer, clientIds: [example.clientId] }],
        roles: [{ name: 'ci-push', trustPolicy, policies: [pushPolicy] }],
        repositories: [{ region: example.region, name: example.repository }],
      },
    ],
    acrRegistries: [
      {
        loginServer: example.acrHost,
        tenantId: example.tenantId,
        roleAssignments: [{ principalId: example.principalId, role: 'AcrPush' }],
      },
    ],
    subscriptions: [
      {
        id: example.subscriptionId,
        displayName: 'Contoso CI',
        tenantId: example.tenantId,
        resourceGroups: [{ name: 'ci', location: 'westeurope', registries: [example.acrHost] }],
        roleAssignments: [{ principalId: example.principalId, role: 'Reader', resourceGroup: 'ci' }],
      },
    ],
  }
}

/** Issuer of the tenant's v2 tokens, as the IAM OIDC provider names it. */
const entraIssuer = `https://login.microsoftonline.com/${example.tenantId}/v2.0`

const key = entraIssuer.replace('https://', '')

/** `:aud` is the client (azp), `:oaud` the app that the token was asked for, `:sub` the service principal. */
const trustPolicy = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${example.accountId}:oidc-provider/${key}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          [`${key}:aud`]: example.clientId,
          [`${key}:oaud`]: example.awsAppId,
          [`${key}:sub`]: example.principalId,
        },
      },
    },
  ],
} as const

const pushPolicy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    {
      Effect: 'Allow',
      Action: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:InitiateLayerUpload',
        'ecr:UploadLayerPart',
        'ecr:CompleteLayerUpload',
        'ecr:PutImage',
        'ecr:BatchGetImage',
        'ecr:GetDownloadUrlForLayer',
        'ecr:DescribeRepositories',
      ],
      Resource: `arn:aws:ecr:${example.region}:${example.accountId}:repository/${example.repository}`,
    },
  ],
} as const

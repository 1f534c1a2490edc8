import type { AwsRole, SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'

/** What the clouds of these tests have beside those of the example. */
export const secondAcrHost = 'fabrikam.azurecr.io'
export const readOnlyAcrHost = 'readonly.azurecr.io'
export const otherAccountId = '222233334444'
export const otherRoleArn = `arn:aws:iam::${otherAccountId}:role/deploy`
export const otherEcrHost = `${otherAccountId}.dkr.ecr.eu-west-1.amazonaws.com`

/** A role that trusts the cluster's issuer itself, and the audience that its provider lists. */
export const clusterRoleArn = `arn:aws:iam::${example.accountId}:role/from-cluster`
export const stsAudience = 'sts.amazonaws.com'

/** Another tenant with a client and a registry of its own, which trusts the same service account. */
export const partner = {
  tenantId: '2b3c4d5e-6f70-4811-9223-344556677889',
  clientId: '3c4d5e6f-7081-4922-a334-455667788990',
  principalId: '4d5e6f70-8192-4a33-b445-566778899001',
  acrHost: 'partner.azurecr.io',
} as const

/** API servers of two clusters that let the example's identity and role in, and of one each that does not. */
export const clusterHosts = {
  aks: 'shop-1a2b3c4d.hcp.westeurope.azmk8s.io',
  otherAks: 'other-1a2b3c4d.hcp.westeurope.azmk8s.io',
  eks: '0a1b2c3d4e5f.gr7.eu-central-1.eks.amazonaws.com',
  otherEks: 'ffffffffffff.gr7.eu-central-1.eks.amazonaws.com',
} as const

/** The example's clouds with a second account, and further registries of the tenant; the role may do all that ECR has. */
export function wideCloud(): SandboxConfig {
  const cloud = exampleCloud()
  const [account, ...accounts] = cloud.accounts
  const [acr] = cloud.acrRegistries
  if (account === undefined || acr === undefined) throw new Error('the example has changed')
  const roles = account.roles.map((role) => ({ ...role, policies: [everything] }))
  const other = JSON.parse(JSON.stringify(roles).replaceAll(example.accountId, otherAccountId)) as AwsRole[]
  return {
    ...cloud,
    tenants: [...cloud.tenants, partnerTenant(cloud)],
    accounts: [
      {
        ...account,
        oidcProviders: [...account.oidcProviders, { url: example.issuer, clientIds: [stsAudience] }],
        roles: [...roles, { name: 'from-cluster', trustPolicy: clusterTrust, policies: [everything] }],
        publicRegistry: { alias: 'shop', repositories: ['web'] },
      },
      {
        ...account,
        id: otherAccountId,
        roles: other.map((role) => ({ ...role, name: 'deploy' })),
        repositories: [{ region: 'eu-west-1', name: example.repository }],
      },
      ...accounts,
    ],
    clusters: [
      { kind: 'aks', host: clusterHosts.aks, tenantId: example.tenantId, principals: [example.principalId] },
      { kind: 'aks', host: clusterHosts.otherAks, tenantId: example.tenantId, principals: [] },
      { kind: 'eks', host: clusterHosts.eks, name: 'shop', roles: [example.roleArn] },
      { kind: 'eks', host: clusterHosts.otherEks, name: 'other', roles: [example.roleArn] },
    ],
    acrRegistries: [
      ...cloud.acrRegistries,
      { ...acr, loginServer: secondAcrHost },
      {
        loginServer: partner.acrHost,
        tenantId: partner.tenantId,
        roleAssignments: [{ principalId: partner.principalId, role: 'AcrPush' }],
      },
      {
        ...acr,
        loginServer: readOnlyAcrHost,
        roleAssignments: [{ principalId: example.principalId, role: 'AcrPull' }],
      },
    ],
  }
}

function partnerTenant({ tenants }: SandboxConfig): SandboxConfig['tenants'][number] {
  const federatedCredentials = tenants[0]?.apps[0]?.federatedCredentials ?? []
  const { tenantId: id, clientId, principalId: servicePrincipalId } = partner
  return { id, apps: [{ clientId, displayName: 'ci-partner', servicePrincipalId, federatedCredentials }] }
}

const issuerKey = example.issuer.replace('https://', '')

const clusterTrust = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${example.accountId}:oidc-provider/${issuerKey}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          [`${issuerKey}:aud`]: stsAudience,
          [`${issuerKey}:sub`]: `system:serviceaccount:${example.namespace}:${example.serviceAccount}`,
        },
      },
    },
  ],
} as const

const everything = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['ecr:*', 'ecr-public:*', 'sts:GetServiceBearerToken'], Resource: '*' }],
} as const

import type { AwsAccount, AwsRole, PolicyDocument, PolicyStatement, SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'

/** The account of the role that is assumed from the example's role. */
export const otherAccount = '210987654321'
export const chainRoleArn = `arn:aws:iam::${otherAccount}:role/teams/push`
export const otherEcrHost = example.ecrHost.replace(example.accountId, otherAccount)
/** An image in the registry of the other account. */
export const otherImage = `${otherEcrHost}/${example.repository}:1.4.2`
export const subject = `system:serviceaccount:${example.namespace}:${example.serviceAccount}`

const issuerKey = example.issuer.replace('https://', '')
const clusterProvider = { url: example.issuer, clientIds: ['sts.amazonaws.com'] }

/** A policy of these statements. */
export function policy(...statements: readonly PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements }
}

/** What lets a role assume the next one. */
export const mayChain: PolicyStatement = { Effect: 'Allow', Action: 'sts:*', Resource: chainRoleArn }

const pushThere: readonly PolicyStatement[] = [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }]

/** What differs of the role that is assumed from the example's role. */
export type ChainChange = {
  readonly second?: Partial<AwsRole>
  /** Further policies of the example's role. */
  readonly first?: readonly PolicyStatement[]
}

/** The example with a second account, whose role trusts the example's role, and whose registry only that role may use. */
export function chainCloud({ second, first = [mayChain] }: ChainChange = {}, cloud = exampleCloud()): SandboxConfig {
  const role: AwsRole = {
    name: 'push',
    path: '/teams/',
    trustPolicy: chainTrust(),
    policies: [policy(...pushThere)],
    maxSessionDuration: 43_200,
    ...second,
  }
  const other: AwsAccount = {
    id: otherAccount,
    oidcProviders: [],
    roles: [role],
    repositories: [{ region: example.region, name: example.repository }],
  }
  return withRole({ ...cloud, accounts: [...cloud.accounts, other] }, (own) => ({
    ...own,
    maxSessionDuration: 43_200,
    policies: [...own.policies, policy(...first)],
  }))
}

/** The trust policy of the second role: for the first, on these conditions. */
export function chainTrust(condition?: PolicyStatement['Condition']): PolicyDocument {
  const Action = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']
  return policy({
    Effect: 'Allow',
    Principal: { AWS: example.roleArn },
    Action,
    ...(condition === undefined ? {} : { Condition: condition }),
  })
}

/** The cloud whose example role trusts the cluster's own tokens, and whose account has the cluster's issuer as provider. */
export function clusterCloud(cloud = exampleCloud()): SandboxConfig {
  const accounts = cloud.accounts.map((account) =>
    account.id === example.accountId
      ? { ...account, oidcProviders: [...account.oidcProviders, clusterProvider] }
      : account,
  )
  return withRole({ ...cloud, accounts }, (role) => ({ ...role, trustPolicy: clusterTrust() }))
}

/** A trust policy for the cluster's tokens of one service account; tags and a source identity may come with them. */
export function clusterTrust(sub = subject): PolicyDocument {
  return policy({
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${example.accountId}:oidc-provider/${issuerKey}` },
    Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Condition: { StringEquals: { [`${issuerKey}:aud`]: 'sts.amazonaws.com', [`${issuerKey}:sub`]: sub } },
  })
}

/** The cloud with the example's role changed. */
export function withRole(cloud: SandboxConfig, change: (role: AwsRole) => AwsRole): SandboxConfig {
  const accounts = cloud.accounts.map((account) =>
    account.id === example.accountId ? { ...account, roles: account.roles.map(change) } : account,
  )
  return { ...cloud, accounts }
}

/** A profile by which AWS is reached without Entra: no key of Entra's is left in it. */
export const clusterProfile = {
  'aws-identity': 'cluster',
  'tenant-id': undefined,
  'client-id': undefined,
  'aws-token-resource': undefined,
} as const

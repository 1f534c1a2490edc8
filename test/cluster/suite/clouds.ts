import { withApprovals } from '../../await-approval/approval-cloud.ts'
import type { SandboxConfig } from '../../sandbox/config.ts'
import { example, exampleCloud } from '../../sandbox/example-cloud.ts'

/** Whom the suite's clouds know. */
export type CloudsOf = {
  readonly issuer: string
  /** Where pods reach the API server, which gives the issuer's keys. An address, as not every cluster has DNS. */
  readonly apiServer: string
  /** Namespaces in which `builder` may push. */
  readonly trusted: readonly string[]
}

/** Names of the suite's clouds beside those of the example. */
export const suite = {
  /** A tenant of its own for runs whose clock goes wrong: the others do not notice. */
  lateTenantId: '9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d',
  lateClientId: '0f1e2d3c-4b5a-4697-8899-aabbccddeeff',
  /** A registry and a role that let the builder read, and not push. */
  readOnlyAcrHost: 'readonly.azurecr.io',
  readOnlyRoleArn: `arn:aws:iam::${example.accountId}:role/ci-read`,
  /** An account that the profile allows beside the example's, for Tasks that work in several. */
  secondAccountId: '222233334444',
  clusters: { aks: 'shop-1a2b3c4d.hcp.westeurope.azmk8s.io', eks: '0a1b2c3d4e5f.gr7.eu-central-1.eks.amazonaws.com' },
  otherAccountRoleArn: 'arn:aws:iam::210987654321:role/ci-push',
  /** A role that the first one may assume, and one that trusts the cluster's own tokens. */
  chainedRoleArn: `arn:aws:iam::${example.accountId}:role/ci-chained`,
  clusterRoleArn: `arn:aws:iam::${example.accountId}:role/ci-cluster`,
  /** Sinks for records: one that asks for no token, one that does, and one that tests switch off. */
  sinkUrl: 'https://audit.contoso.example/events',
  guardedSinkUrl: 'https://guarded.contoso.example/events',
  fullSinkUrl: 'https://full.contoso.example/full',
  fullSinkPath: '/full',
  sinkResource: 'api://audit',
  sinkAppId: 'aaaa1111-2222-4333-8444-555566667777',
} as const

/**
 * The example's clouds, for a cluster that is really there: `builder` of the trusted namespaces may push to both registries, to any
 * repository, and nobody else anywhere.
 */
export function suiteClouds({ issuer, apiServer, trusted }: CloudsOf): SandboxConfig {
  const cloud = withApprovals(exampleCloud())
  const federatedCredentials = trusted.map((namespace) => ({
    name: namespace,
    issuer,
    subject: `system:serviceaccount:${namespace}:builder`,
    audiences: ['api://AzureADTokenExchange'] as const,
  }))
  const byAws = { name: 'by-aws', issuer: awsIssuer, subject: suite.clusterRoleArn }
  const ofBuilder = [...federatedCredentials, { ...byAws, audiences: ['api://AzureADTokenExchange'] as const }]
  const tenants = cloud.tenants.map((tenant) => ({
    ...tenant,
    apps: [
      ...tenant.apps.map((app) =>
        app.clientId === example.clientId ? { ...app, federatedCredentials: ofBuilder } : app,
      ),
      auditApp,
    ],
  }))
  const late = { clientId: suite.lateClientId, displayName: 'ci-builder', federatedCredentials }
  return {
    ...cloud,
    issuers: [{ url: issuer, apiServer: { url: apiServer, ...podsOwn } }],
    tenants: [...tenants, { id: suite.lateTenantId, apps: [{ ...late, servicePrincipalId: suite.lateClientId }] }],
    accounts: cloud.accounts
      .map((account) => withOtherWays(withAnyRepository(account), { issuer, trusted }))
      .flatMap((account) => [account, secondAccount(account)]),
    clusters: [
      { kind: 'aks', host: suite.clusters.aks, tenantId: example.tenantId, principals: [example.principalId] },
      { kind: 'eks', host: suite.clusters.eks, name: 'shop', roles: [example.roleArn] },
    ],
    recordSinks,
    acrRegistries: [
      ...cloud.acrRegistries,
      {
        loginServer: suite.readOnlyAcrHost,
        tenantId: example.tenantId,
        roleAssignments: [{ principalId: example.principalId, role: 'AcrPull' }],
      },
    ],
  }
}

const outboundFederation = { id: 'a1b2c3d4-0000-4000-8000-00000000beef' }
const awsIssuer = `https://${outboundFederation.id}.tokens.sts.global.api.aws`

type Account = SandboxConfig['accounts'][number]

/** The role that is assumed from the first one, and the one that the cluster's own tokens and no Entra token are let in to. */
function withOtherWays(account: Account, { issuer, trusted }: Pick<CloudsOf, 'issuer' | 'trusted'>): Account {
  const [push] = account.roles
  if (push === undefined) throw new Error('the example has no role')
  const key = issuer.replace('https://', '')
  const version = '2012-10-17'
  const chained = { Effect: 'Allow', Principal: { AWS: example.roleArn }, Action: 'sts:AssumeRole' } as const
  const byCluster = {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${account.id}:oidc-provider/${key}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: {
        [`${key}:aud`]: 'sts.amazonaws.com',
        [`${key}:sub`]: trusted.map((namespace) => `system:serviceaccount:${namespace}:builder`),
      },
    },
  } as const
  const outbound = { Effect: 'Allow', Action: 'sts:GetWebIdentityToken', Resource: '*' } as const
  return {
    ...account,
    outboundFederation,
    oidcProviders: [...account.oidcProviders, { url: issuer, clientIds: ['sts.amazonaws.com'] }],
    roles: [
      ...account.roles,
      { ...push, name: 'ci-chained', trustPolicy: { Version: version, Statement: [chained] } },
      {
        ...push,
        name: 'ci-cluster',
        trustPolicy: { Version: version, Statement: [byCluster] },
        policies: [...push.policies, { Version: version, Statement: [outbound] }],
      },
    ],
  }
}

/** The API of the sink that asks for tokens. */
const auditApp = {
  clientId: suite.sinkAppId,
  displayName: 'audit',
  servicePrincipalId: suite.sinkAppId,
  identifierUris: [suite.sinkResource],
  requestedAccessTokenVersion: 2,
  appRoleAssignmentRequired: true,
  appRoleAssignments: [{ clientId: example.clientId, role: 'Write' }],
} as const

const recordSinks: NonNullable<SandboxConfig['recordSinks']> = [suite.sinkUrl, suite.guardedSinkUrl, suite.fullSinkUrl]
  .map((url) => new URL(url))
  .map(({ host, pathname, href }) => {
    const access = { tenantId: example.tenantId, audience: suite.sinkAppId, role: 'Write' }
    return { host, path: pathname, ...(href === suite.guardedSinkUrl ? { access } : {}) }
  })

/** What Kubernetes gives every pod to ask the API server with. */
const podsOwn = {
  caFile: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
  tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
} as const

/** The same trust in another account, whose role is called `deploy`. */
function secondAccount(account: SandboxConfig['accounts'][number]): SandboxConfig['accounts'][number] {
  const text = JSON.stringify(account).replaceAll(example.accountId, suite.secondAccountId)
  const second = JSON.parse(text) as typeof account
  return { ...second, roles: second.roles.slice(0, 1).map((role) => ({ ...role, name: 'deploy' })) }
}

/** Runs have repositories of their own, which ECR makes when something is pushed; a second role may not push. */
function withAnyRepository(account: SandboxConfig['accounts'][number]): SandboxConfig['accounts'][number] {
  const [push] = account.roles
  if (push === undefined) throw new Error('the example has no role')
  const everywhere = JSON.parse(
    JSON.stringify(push.policies)
      .replaceAll(`repository/${example.repository}`, 'repository/*')
      // A sample waits for a scan.
      .replaceAll('"ecr:PutImage"', '"ecr:PutImage","ecr:DescribeImageScanFindings"'),
  ) as typeof push.policies
  const actions = (policy: (typeof push.policies)[number]) => ({
    ...policy,
    Statement: policy.Statement.filter(({ Action }) => Action === 'ecr:GetAuthorizationToken'),
  })
  return {
    ...account,
    roles: [
      { ...push, policies: everywhere },
      { ...push, name: 'ci-read', policies: push.policies.map(actions) },
    ],
    repositories: account.repositories.map((repository) => ({ ...repository, scanOnPush: true })),
    repositoryCreationTemplates: [{ prefix: 'ROOT', appliedFor: ['CREATE_ON_PUSH'] }],
  }
}

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
} as const

/**
 * The example's clouds, for a cluster that is really there: `builder` of the trusted namespaces may push to both registries, to any
 * repository, and nobody else anywhere.
 */
export function suiteClouds({ issuer, apiServer, trusted }: CloudsOf): SandboxConfig {
  const cloud = exampleCloud()
  const federatedCredentials = trusted.map((namespace) => ({
    name: namespace,
    issuer,
    subject: `system:serviceaccount:${namespace}:builder`,
    audiences: ['api://AzureADTokenExchange'] as const,
  }))
  const tenants = cloud.tenants.map((tenant) => ({
    ...tenant,
    apps: tenant.apps.map((app) => (app.clientId === example.clientId ? { ...app, federatedCredentials } : app)),
  }))
  const late = { clientId: suite.lateClientId, displayName: 'ci-builder', federatedCredentials }
  return {
    ...cloud,
    issuers: [{ url: issuer, apiServer: { url: apiServer, ...podsOwn } }],
    tenants: [...tenants, { id: suite.lateTenantId, apps: [{ ...late, servicePrincipalId: suite.lateClientId }] }],
    accounts: cloud.accounts.map(withAnyRepository).flatMap((account) => [account, secondAccount(account)]),
    clusters: [
      { kind: 'aks', host: suite.clusters.aks, tenantId: example.tenantId, principals: [example.principalId] },
      { kind: 'eks', host: suite.clusters.eks, name: 'shop', roles: [example.roleArn] },
    ],
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

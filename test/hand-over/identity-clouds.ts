import { chainCloud, chainRoleArn, chainTrust, otherAccount, policy } from '../push-image/identity-clouds.ts'
import { auditApp, sinkAccess, sinks } from '../push-image/sinks.ts'
import type { AwsRole, EntraApp, SandboxConfig } from '../sandbox/config.ts'
import { example } from '../sandbox/example-cloud.ts'
import { throughProxy } from '../sandbox/through-proxy.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { cloudWith } from '../unit/aws/federated.ts'
import { clusterHosts, clusterRoleArn, otherAccountId, wideCloud } from './clouds.ts'

/** A second role that the example's role may go on to. */
export const readRoleArn = `arn:aws:iam::${otherAccount}:role/read`
/** A managed policy that each account has under its own id. */
export const managedPolicy = (account: string): string => `arn:aws:iam::${account}:policy/pull`
/** An EKS cluster that lets all the roles of these tests in. */
export const openEksHost = '1111aaaa2222.gr7.eu-central-1.eks.amazonaws.com'

const rolesOfEks = [example.roleArn, clusterRoleArn, chainRoleArn.replace('teams/', ''), readRoleArn]
const openEks = { kind: 'eks', host: openEksHost, name: 'shop', roles: rolesOfEks } as const
const pulling = policy({ Effect: 'Allow', Action: 'ecr:*', Resource: '*' })

/** The wide clouds with roles to go on to, managed policies, and a cluster that lets them in. */
export function optionsCloud(): SandboxConfig {
  const mayChain = { Effect: 'Allow', Action: 'sts:*', Resource: [chainRoleArn, readRoleArn] } as const
  const cloud = chainCloud({ first: [mayChain] }, wideCloud())
  const read: AwsRole = { name: 'read', trustPolicy: chainTrust(), policies: [pulling] }
  return {
    ...cloud,
    clusters: [...(cloud.clusters ?? []), openEks],
    accounts: cloud.accounts.map((account) => ({
      ...account,
      roles: account.id === otherAccount ? [...account.roles, read] : account.roles,
      managedPolicies: { [managedPolicy(account.id)]: pulling },
    })),
  }
}

/** The example's account in a region that has endpoints of FIPS. */
export function fipsCloud(): SandboxConfig {
  return { ...cloudWith({ region: 'us-east-1' }), clusters: [openEks] }
}

/** The builder is a managed identity that only the binding of the cluster lets in. */
export function boundCloud(subject: string): SandboxConfig {
  const { issuer, tenantId, clientId } = example
  const cloud = withBuilder(wideCloud(), { kind: 'managed-identity', federatedCredentials: [] })
  return { ...cloud, identityBindings: [{ issuer, tenantId, clientId, subjects: [subject] }] }
}

/** The builder trusts AWS's own issuer for the role that trusts the cluster; the audit API is there, too. */
export function outboundCloud(): SandboxConfig {
  const id = 'a1b2c3d4-0000-4000-8000-00000000beef'
  const audiences: [string] = ['api://AzureADTokenExchange']
  const issuer = `https://${id}.tokens.sts.global.api.aws`
  const federatedCredentials = [{ name: 'eks', issuer, subject: clusterRoleArn, audiences }]
  const cloud = withBuilder(wideCloud(), { federatedCredentials })
  const mayAsk = policy({ Effect: 'Allow', Action: ['sts:GetWebIdentityToken', 'ecr:*'], Resource: '*' })
  return {
    ...cloud,
    accounts: cloud.accounts.map((account) =>
      account.id === otherAccountId
        ? account
        : {
            ...account,
            outboundFederation: { id },
            roles: account.roles.map((role) => ({ ...role, policies: [...role.policies, mayAsk] })),
          },
    ),
  }
}

/** A cloud with the audit API of `push-image`'s tests, and a sink that asks for its token. */
export function withGuardedSink(cloud: SandboxConfig): SandboxConfig {
  return {
    ...cloud,
    tenants: cloud.tenants.map((tenant) =>
      tenant.id === example.tenantId ? { ...tenant, apps: [...tenant.apps, auditApp] } : tenant,
    ),
    recordSinks: [{ host: new URL(sinks.guarded).host, path: '/events', access: sinkAccess }],
  }
}

function withBuilder(cloud: SandboxConfig, change: Partial<EntraApp>): SandboxConfig {
  const changed = (app: EntraApp): EntraApp => (app.clientId === example.clientId ? { ...app, ...change } : app)
  return { ...cloud, tenants: cloud.tenants.map((tenant) => ({ ...tenant, apps: tenant.apps.map(changed) })) }
}

/** What an API server says to `kubectl auth whoami` with a token. */
export async function whoami(
  sandbox: Sandbox,
  host: string,
  token: string,
): Promise<{ status: number; username: string | undefined }> {
  const answer = await throughProxy(sandbox, {
    url: `https://${host}/apis/authentication.k8s.io/v1/selfsubjectreviews`,
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: '{}',
  })
  const { status } = JSON.parse(answer.body) as { status?: { userInfo?: { username: string } } }
  return { status: answer.status, username: status?.userInfo?.username }
}

/** Params of `write-kubeconfig` for the clusters of these tests. */
export const aks = {
  'cluster-type': 'aks',
  'cluster-name': 'shop',
  'cluster-server': `https://${clusterHosts.aks}:443`,
} as const
export const eks = {
  'cluster-type': 'eks',
  'cluster-name': 'shop',
  'cluster-server': `https://${openEksHost}`,
} as const

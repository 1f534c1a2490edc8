import type { FrontDoor } from '../push-image/front-door.ts'
import { withProviders, withTrust } from '../push-image/aws-trust.ts'
import type {
  AwsRole,
  EntraApp,
  FederatedCredential,
  PolicyStatement,
  SandboxConfig,
  Tenant,
} from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import type { CheckVariation } from './trust-door.ts'

/** One kind of broken or weak trust: how it is made in the sandbox, and the rows that must name it, and no others. */
export type BrokenTrust = {
  /** What is wrong, as the table of the README says it. */
  readonly what: string
  readonly cloud?: SandboxConfig
  readonly variation?: CheckVariation
  /** What else is done to the running sandbox. */
  readonly arrange?: (door: FrontDoor) => void
  /** Rows as `check:cause`: all that fail, or that are weak. */
  readonly rows: readonly string[]
  /** How the titles of what is to be created begin. */
  readonly create?: readonly string[]
}

/** Issuer of the tenant's v2 tokens, and the names of its condition keys. */
export const entraIssuer = `https://login.microsoftonline.com/${example.tenantId}/v2.0`
export const key = entraIssuer.replace('https://', '')

const credential: FederatedCredential = {
  name: 'tekton-ci-builder',
  issuer: example.issuer,
  subject: `system:serviceaccount:${example.namespace}:${example.serviceAccount}`,
  audiences: ['api://AzureADTokenExchange'],
}

/** The example with one federated credential, changed. */
export function credentialOf(change: Partial<FederatedCredential>): SandboxConfig {
  return appOf(example.clientId, { federatedCredentials: [{ ...credential, ...change }] })
}

/** The example whose app of this client id is changed. */
export function appOf(clientId: string, change: Partial<EntraApp>, cloud = exampleCloud()): SandboxConfig {
  const changed = (app: EntraApp): EntraApp => (app.clientId === clientId ? { ...app, ...change } : app)
  return { ...cloud, tenants: cloud.tenants.map((tenant) => ({ ...tenant, apps: tenant.apps.map(changed) })) }
}

/** The example whose tenant is changed. */
export function tenantOf(change: Partial<Tenant>): SandboxConfig {
  const cloud = exampleCloud()
  return { ...cloud, tenants: cloud.tenants.map((tenant) => ({ ...tenant, ...change })) }
}

/** The example whose role is changed. */
export function roleOf(change: Partial<AwsRole>, cloud = exampleCloud()): SandboxConfig {
  const changed = (role: AwsRole): AwsRole => ({ ...role, ...change })
  return { ...cloud, accounts: cloud.accounts.map((one) => ({ ...one, roles: one.roles.map(changed) })) }
}

/** The example whose role may read itself. */
export function readable(cloud: SandboxConfig): SandboxConfig {
  const read = { Effect: 'Allow', Action: 'iam:GetRole', Resource: example.roleArn } as const
  const changed = (role: AwsRole): AwsRole => ({
    ...role,
    policies: [...role.policies, { Version: '2012-10-17', Statement: [read] }],
  })
  return { ...cloud, accounts: cloud.accounts.map((one) => ({ ...one, roles: one.roles.map(changed) })) }
}

/** The provider of the role's account, and the conditions that let exactly the example's token in. */
export const provider = `arn:aws:iam::${example.accountId}:oidc-provider/${key}`
export const conditions = {
  [`${key}:aud`]: example.clientId,
  [`${key}:oaud`]: example.awsAppId,
  [`${key}:sub`]: example.principalId,
} as const

type Trust = AwsRole['trustPolicy']

/** The right trust policy, its one statement changed. */
export function trustOf(
  change: Partial<PolicyStatement>,
  equals: Readonly<Record<string, string>> = conditions,
): Trust {
  const statement: PolicyStatement = {
    Effect: 'Allow',
    Principal: { Federated: provider },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: equals },
    ...change,
  }
  return { Version: '2012-10-17', Statement: [statement] }
}

/** A trust policy that AWS has, and that a file tells of: the role's session cannot read it, as there is none. */
export function byFile(policy: Trust): Pick<BrokenTrust, 'cloud' | 'variation'> {
  return { cloud: withTrust(exampleCloud(), policy), variation: { policyText: JSON.stringify(policy) } }
}

/** The same, read by iam:GetRole. */
export function byIam(policy: Trust): Pick<BrokenTrust, 'cloud'> {
  return { cloud: readable(withTrust(exampleCloud(), policy)) }
}

/** The example whose account has these OIDC providers. */
export function providersOf(...providers: readonly { url: string; clientIds: string[] }[]): SandboxConfig {
  return withProviders(exampleCloud(), providers)
}

/** What the issuer publishes is changed on the way to whoever asks. */
export function publish(path: RegExp, body: (door: FrontDoor) => unknown): (door: FrontDoor) => void {
  return (door) => {
    const text = JSON.stringify(body(door))
    const fault = { kind: 'status', status: 200, body: text, contentType: 'application/json' } as const
    door.sandbox.faults.on({ standIn: 'issuer', path, fault })
  }
}

/** The example whose one account is changed. */
export function accountOf(change: Partial<SandboxConfig['accounts'][number]>): SandboxConfig {
  const cloud = exampleCloud()
  return { ...cloud, accounts: cloud.accounts.map((one) => ({ ...one, ...change })) }
}

/** What is to be created where a trust policy lets nobody in, or too many. */
export const trustCreate = ['trust policy of']

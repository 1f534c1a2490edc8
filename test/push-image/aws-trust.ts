import type { AwsAccount, AwsRole, SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'

/** The cloud with these IAM OIDC providers in every account. */
export function withProviders(cloud: SandboxConfig, oidcProviders: AwsAccount['oidcProviders']): SandboxConfig {
  return { ...cloud, accounts: cloud.accounts.map((account) => ({ ...account, oidcProviders })) }
}

/** The example whose app for AWS gets tokens of this version. */
export function withVersion(requestedAccessTokenVersion: 1 | 2): SandboxConfig {
  const cloud = exampleCloud()
  const tenants = cloud.tenants.map((tenant) => ({
    ...tenant,
    apps: tenant.apps.map((app) => (app.clientId === example.awsAppId ? { ...app, requestedAccessTokenVersion } : app)),
  }))
  return { ...cloud, tenants }
}

/** The cloud whose roles all have this trust policy. */
export function withTrust(cloud: SandboxConfig, trustPolicy: AwsRole['trustPolicy']): SandboxConfig {
  const accounts = cloud.accounts.map((account) => ({
    ...account,
    roles: account.roles.map((role) => ({ ...role, trustPolicy })),
  }))
  return { ...cloud, accounts }
}

/** A trust policy for tokens of the issuer, with the conditions by their names after the issuer's. */
export function policyOf(issuer: string, conditions: Readonly<Record<string, string>>): AwsRole['trustPolicy'] {
  const key = issuer.replace('https://', '')
  const StringEquals = Object.fromEntries(
    Object.entries(conditions).map(([name, value]) => [`${key}:${name}`, value] as const),
  )
  const statement = { Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity', Condition: { StringEquals } } as const
  return { Version: '2012-10-17', Statement: [{ ...statement, Principal: { Federated: providerOf(issuer) } }] }
}

/** ARN of the example account's provider for the issuer. */
export function providerOf(issuer: string): string {
  return `arn:aws:iam::${example.accountId}:oidc-provider/${issuer.replace('https://', '')}`
}

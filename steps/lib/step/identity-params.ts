import { azureCloudNames, cloudByAuthorityHost } from '../azure/clouds.ts'
import { awsEndpointNames, regionPattern } from '../aws/partitions.ts'
import { policyArnPattern, roleArnPattern } from '../aws/role-arn.ts'
import { guid } from '../core/guid.ts'
import type { Param } from './define-step.ts'

/** As whom a step acts in Entra and in AWS: the same params in every step, most of them keys of the identity profile. */
export const identityParams = {
  identity: {
    kind: 'text',
    description: 'Name of the ConfigMap that holds the identity profile.',
    default: 'entra-identity',
    pattern: /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
    expected: 'the name of a ConfigMap',
  },
  'tenant-id': {
    kind: 'text',
    description:
      'Microsoft Entra tenant; of an app of several tenants, the one that is acted in. Needed for all but AWS with `aws-identity: cluster`.',
    profile: true,
    webhook: 'AZURE_TENANT_ID',
    optional: true,
    pattern: guid,
    expected: 'a tenant id (GUID)',
  },
  'client-id': {
    kind: 'text',
    description:
      'Client id of the app registration or managed identity that trusts this pod. Needed as `tenant-id` is.',
    profile: true,
    webhook: 'AZURE_CLIENT_ID',
    optional: true,
    pattern: guid,
    expected: 'a client id (GUID)',
  },
  'token-audience': {
    kind: 'text',
    description: 'Audience of the projected token; it must be the one that the federated credential names.',
    default: 'api://AzureADTokenExchange',
  },
  'azure-cloud': {
    kind: 'text',
    description: 'Azure cloud of the tenant.',
    profile: true,
    webhook: 'AZURE_AUTHORITY_HOST',
    webhookValues: cloudByAuthorityHost,
    oneOf: azureCloudNames,
    default: 'AzureCloud',
  },
  'azure-identity': {
    kind: 'text',
    description:
      'How the pod proves to Entra who it is: `cluster`, by its projected token; `identity-binding`, by the identity binding of its AKS cluster; `aws`, by a token that AWS STS gives for the role.',
    profile: true,
    oneOf: ['cluster', 'identity-binding', 'aws'],
    default: 'cluster',
  },
  'aws-identity': {
    kind: 'text',
    description:
      'How the pod proves to AWS who it is: `entra`, by an Entra token; `cluster`, by a projected token of its own, without Entra. Neither takes the place of the other.',
    profile: true,
    oneOf: ['entra', 'cluster'],
    default: 'entra',
  },
  'aws-token-audience': {
    kind: 'text',
    description:
      'Audience of the projected token for AWS; with `aws-identity: cluster` the IAM OIDC provider of the cluster’s issuer must list it.',
    default: 'sts.amazonaws.com',
  },
  'aws-role-arn': {
    kind: 'text',
    description: 'IAM role to assume; needed for AWS.',
    profile: true,
    optional: true,
    pattern: roleArnPattern,
    expected: 'the ARN of a role, such as arn:aws:iam::123456789012:role/ci-push',
  },
  'aws-chain-role-arn': {
    kind: 'text',
    description:
      'IAM role that is assumed from the session of `aws-role-arn` and does the work in its place. Its session lives an hour at most.',
    profile: true,
    optional: true,
    pattern: roleArnPattern,
    expected: 'the ARN of a role, such as arn:aws:iam::210987654321:role/push',
  },
  'aws-token-resource': {
    kind: 'text',
    description:
      'Entra resource (application ID URI) whose token is sent to AWS STS; needed for AWS with `aws-identity: entra`.',
    profile: true,
    optional: true,
    pattern: /^[^\s]+$/,
    expected: 'an application ID URI such as api://aws-ci, or a client id',
    idleWith: ['aws-identity', 'cluster'],
  },
  'aws-region': {
    kind: 'text',
    description: "Region of the STS endpoint. Default: the registry's own.",
    profile: true,
    optional: true,
    pattern: regionPattern,
    expected: 'an AWS region such as eu-central-1',
  },
  'aws-endpoints': {
    kind: 'text',
    description:
      'Which endpoints of AWS are asked: `plain`, `fips`, `dual-stack` or `fips-dual-stack`. Default: as the registry’s host is. A guard: where the profile sets it, a param cannot.',
    profile: true,
    optional: true,
    oneOf: awsEndpointNames,
    narrows: true,
  },
  'aws-session-duration': {
    kind: 'duration',
    description: 'How long the AWS session may live. A push that takes longer obtains another.',
    profile: true,
    default: '15m',
    range: ['15m', '12h'],
  },
  'aws-session-policy': {
    kind: 'text',
    description:
      'IAM policy (JSON) that narrows the AWS session further. A guard: where the profile sets it, a param cannot. Tekton changes `$$` and `$(…)` in params, not in the profile.',
    profile: true,
    optional: true,
    pattern: /^\s*\{[\s\S]{0,2046}$/,
    expected: 'an IAM policy as a JSON object of at most 2,048 characters',
    narrows: true,
    guardedBy: ['aws-session-policy-arns'],
  },
  'aws-session-policy-arns': {
    kind: 'list',
    description:
      'ARNs of managed policies that narrow the AWS session, ten at most; what they and `aws-session-policy` allow adds up. A guard: the param can only narrow the profile’s list.',
    profile: true,
    default: [],
    pattern: policyArnPattern,
    expected: 'ARNs of managed policies such as arn:aws:iam::123456789012:policy/push',
    narrows: true,
    guardedBy: ['aws-session-policy'],
  },
  'allowed-accounts': {
    kind: 'list',
    description: "AWS accounts that may be used at all. A guard: the param can only narrow the profile's list.",
    profile: true,
    default: [],
    pattern: /^\d{12}$/,
    expected: 'AWS account ids of 12 digits',
    narrows: true,
  },
} as const satisfies Readonly<Record<string, Param>>

/** `aws-endpoints` of a step that asks STS and no registry. */
export const stsEndpoints = {
  ...identityParams['aws-endpoints'],
  description:
    'Which endpoints of STS are asked: `plain`, `fips`, `dual-stack` or `fips-dual-stack`. Default: `plain`. A guard: where the profile sets it, a param cannot.',
} as const satisfies Param

/**
 * Tenant and cloud of a step that decides who passes, which the profile keeps as it keeps the rules of `decided`: whoever chose the tenant could bring
 * one of their own, whose roles they give to themselves.
 */
export function decidedTenant<const D extends { narrows: true; guardedBy: readonly string[] }>(
  decided: D,
  rules: string,
) {
  const { 'tenant-id': tenant, 'azure-cloud': cloud } = identityParams
  const guard = `A guard: where the profile sets it or a rule of ${rules}, a param cannot.`
  return {
    'tenant-id': { ...tenant, description: `${tenant.description} ${guard}`, ...decided },
    'azure-cloud': { ...cloud, description: 'Azure cloud of the tenant. A guard, as `tenant-id` is.', ...decided },
  }
}

import { azureCloudNames, cloudByAuthorityHost } from '../azure/clouds.ts'
import { regionPattern } from '../aws/partitions.ts'
import { roleArnPattern } from '../aws/role-arn.ts'
import type { Param } from './define-step.ts'

const guid = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/

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
    description: 'Microsoft Entra tenant.',
    profile: true,
    webhook: 'AZURE_TENANT_ID',
    pattern: guid,
    expected: 'a tenant id (GUID)',
  },
  'client-id': {
    kind: 'text',
    description: 'Client id of the app registration or managed identity that trusts this pod.',
    profile: true,
    webhook: 'AZURE_CLIENT_ID',
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
  'aws-role-arn': {
    kind: 'text',
    description: 'IAM role to assume; needed for ECR.',
    profile: true,
    optional: true,
    pattern: roleArnPattern,
    expected: 'the ARN of a role, such as arn:aws:iam::123456789012:role/ci-push',
  },
  'aws-token-resource': {
    kind: 'text',
    description: 'Entra resource (application ID URI) whose token is sent to AWS STS; needed for ECR.',
    profile: true,
    optional: true,
    pattern: /^[^\s]+$/,
    expected: 'an application ID URI such as api://aws-ci, or a client id',
  },
  'aws-region': {
    kind: 'text',
    description: "Region of the STS endpoint. Default: the registry's own.",
    profile: true,
    optional: true,
    pattern: regionPattern,
    expected: 'an AWS region such as eu-central-1',
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

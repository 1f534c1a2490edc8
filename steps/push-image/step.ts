import { azureCloudNames, cloudByAuthorityHost } from '../lib/azure/clouds.ts'
import { regionPattern } from '../lib/aws/partitions.ts'
import { roleArnPattern } from '../lib/aws/role-arn.ts'
import { checkTarget } from './target.ts'
import { defineStep } from '../lib/step/define-step.ts'

const guid = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/

export const step = defineStep({
  name: 'push-image',
  summary:
    "Push an OCI image layout to Amazon ECR or Azure Container Registry as a Microsoft Entra identity, from the pod's own projected token.",
  params: {
    image: {
      kind: 'text',
      description:
        'Where to push: `host/repository[:tag]`. The host is a private ECR registry, `public.ecr.aws` or `*.azurecr.io`.',
      expected: 'a reference such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web:1.4.2',
    },
    path: {
      kind: 'text',
      description: 'Folder of the OCI image layout inside the workspace `source`.',
      default: '.',
      // A path that climbs out could publish what other workspaces hold.
      pattern: /^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+$/,
      expected: 'a relative path inside the workspace',
    },
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
    'allowed-accounts': {
      kind: 'list',
      description: "AWS accounts that may be used at all. A guard: the param can only narrow the profile's list.",
      profile: true,
      default: [],
      pattern: /^\d{12}$/,
      expected: 'AWS account ids of 12 digits',
      narrows: true,
    },
    'dry-run': {
      kind: 'flag',
      description: 'Obtain the tokens, check the right to push, print the plan, push nothing.',
      default: 'false',
    },
    'propagation-wait': {
      kind: 'duration',
      description: 'How long to wait for a federated credential or trust policy that was made just now.',
      default: '20s',
    },
  },
  workspaces: { source: { description: 'Holds the OCI image layout.' } },
  results: {
    IMAGE_URL: { description: 'Reference that was pushed, without digest; empty in a dry run.' },
    IMAGE_DIGEST: { description: 'Digest of what was pushed, `sha256:…`; empty in a dry run.' },
  },
  token: true,
  check: checkTarget,
})

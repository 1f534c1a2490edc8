import { azureCloudNames } from '../../lib/azure/clouds.ts'
import { joinedForms } from '../../lib/trust/set-up/join.ts'
import type { Command } from '../command.ts'

/** `print-trust`: everything that must exist, for a set-up that is not there yet. */
export const printTrustCommand: Command = {
  name: 'print-trust',
  summary: 'Print everything that must exist before pipelines can push: cluster, Entra, AWS, registries.',
  usage: '[options]',
  positionals: { least: 0, most: 0 },
  options: {
    namespace: { takes: 'NS', summary: 'Namespace of the pipelines. Required.' },
    'service-account': { takes: 'NAME', summary: 'Service account of the TaskRuns. Required.' },
    'tenant-id': { takes: 'ID', summary: 'Microsoft Entra tenant. Required.' },
    issuer: { takes: 'URL', summary: 'Issuer of the cluster, as its tokens spell it. Default: the cluster is asked.' },
    'client-id': { takes: 'ID', summary: 'The client that is there already. Default: a new one is made.' },
    'client-name': { takes: 'NAME', summary: 'What the client is called. Default: <namespace>-<service account>.' },
    'client-kind': {
      takes: 'KIND',
      oneOf: ['application', 'managed-identity'],
      summary: 'App registration or user-assigned managed identity. Default: application.',
    },
    'azure-cloud': {
      takes: 'CLOUD',
      oneOf: azureCloudNames,
      summary: 'Azure cloud of the tenant. Default: AzureCloud.',
    },
    'token-audience': { takes: 'AUD', summary: 'Audience of the projected token. Default: that of the cloud.' },
    images: {
      takes: 'REPOSITORY',
      many: true,
      summary: 'What is pushed to: <registry>/<repository>, of ACR or private ECR.',
    },
    account: { takes: 'ID', summary: 'AWS account of the role. Default: that of the first ECR registry.' },
    'aws-role-arn': { takes: 'ARN', summary: 'Role in AWS. Default: ci-push in that account.' },
    'aws-token-resource': {
      takes: 'URI',
      summary: 'Application ID URI of the Entra app that stands for the role. Default: api://aws-ci.',
    },
    output: {
      takes: 'FORM',
      oneOf: ['text', 'json', ...joinedForms],
      summary: 'text: each thing in every form; json: the same for programs; one form alone. Default: text.',
    },
  },
  details: [
    'Nobody is asked anything and nothing is made. What is not known yet stands as a name in capitals, as a variable of the shell, a local value of Terraform or a variable of Bicep.',
    'Bicep makes nothing in AWS or in the cluster, Terraform nothing in the cluster: their files name what they leave out. GROUP is your resource group.',
    'When it is there, npx tekton-entra check-trust says whether it is right.',
  ],
  examples: [
    'npx tekton-entra print-trust --namespace ci --service-account builder --tenant-id $TENANT \\',
    '    --images 123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web --output sh',
  ],
  run: async (given, host) => await (await import('../run-print-trust.ts')).runPrintTrust(given, host),
}

import { guid } from '../lib/core/guid.ts'
import { checkIdentity } from '../lib/federation/identity-inputs.ts'
import { defineStep, tokenMountPath } from '../lib/step/define-step.ts'
import { handOverParams } from '../lib/step/hand-over-params.ts'
import { identityParams } from '../lib/step/identity-params.ts'
import { environmentUse } from './variables.ts'

const {
  identity,
  'tenant-id': tenant,
  'client-id': client,
  'token-audience': audience,
  'azure-cloud': cloud,
  'azure-identity': azureIdentity,
} = identityParams

export const step = defineStep({
  name: 'write-azure-environment',
  summary:
    'Show that a Microsoft Entra identity trusts this pod, and write the variables by which the tools of later steps act as it from the projected token: az, Terraform, the Azure SDKs, kubelogin.',
  params: {
    'subscription-id': {
      kind: 'text',
      description: "Azure subscription, for Terraform's providers.",
      profile: true,
      optional: true,
      pattern: guid,
      expected: 'a subscription id (GUID)',
    },
    'federated-token-file': {
      kind: 'text',
      description: "Path of the projected token in the Task's own steps, which must mount its volume.",
      default: `${tokenMountPath}/token`,
      pattern: /^\/[\w./-]+$/,
      expected: 'an absolute path without blanks',
    },
    identity,
    'tenant-id': tenant,
    'client-id': client,
    'token-audience': audience,
    'azure-cloud': cloud,
    'azure-identity': {
      ...azureIdentity,
      description:
        'How the tools prove to Entra who they are: `cluster`, by the projected token. The other ways cannot be handed over.',
      oneOf: ['cluster'],
      expected:
        'cluster: what tools read is a token file for Entra; a token of an identity binding is for its proxy, which most of them do not ask, and one of AWS ends where nobody renews it',
    },
    ...handOverParams('azure'),
  },
  workspaces: {},
  results: {},
  token: true,
  handOver: true,
  check: (inputs) => checkIdentity(inputs, environmentUse),
})

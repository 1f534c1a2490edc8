import { defineStep } from '../lib/step/define-step.ts'
import { identityParams } from '../lib/step/identity-params.ts'
import { deadline } from '../lib/step/waiting-params.ts'
import { checkInputs } from './inputs.ts'

const file = {
  kind: 'text',
  optional: true,
  pattern: /^\/[^\s]+$/,
  expected: 'an absolute path without blanks',
} as const

export const step = defineStep({
  name: 'check-trust',
  summary:
    'Look at everything that lets this pod act in Azure and AWS (its token, the cluster’s issuer, Entra, the role’s trust policy, the right to push), change nothing, and say of each failure what to create.',
  params: {
    images: {
      kind: 'list',
      description:
        'Repositories to which the identity should be able to push, `<registry>/<repository>`, of ACR, ECR or ECR Public; a tag is not looked at.',
      default: [],
      pattern: /^\S{1,512}$/,
      expected: 'repositories such as contoso.azurecr.io/shop/web',
    },
    resources: {
      kind: 'list',
      description:
        'Entra resources (application ID URIs or client ids) for which a token should be had, beside those that AWS and the registries need.',
      default: [],
      pattern: /^\S{1,512}$/,
      expected: 'application ID URIs such as https://vault.azure.net, or client ids',
    },
    'trust-policy': {
      ...file,
      description:
        'Path of a file that holds the trust policy of `aws-role-arn` (JSON, or what `aws iam get-role` prints). Needed where the role may not read itself by `iam:GetRole`.',
    },
    'report-file': {
      ...file,
      description: 'Path of a file that gets the whole verdict as JSON, with everything to create.',
    },
    'fail-on': {
      kind: 'text',
      description:
        'What fails the run: a trust that is `broken`, also one that is `weak`, or `nothing`, for a run that goes by the results.',
      oneOf: ['broken', 'weak', 'nothing'],
      default: 'broken',
    },
    ...identityParams,
    timeout: deadline,
    'propagation-wait': {
      kind: 'duration',
      description: 'How long to wait for a federated credential or trust policy that was made just now.',
      default: '0s',
    },
  },
  workspaces: {},
  results: {
    verdict: { description: '`trusted`, `weak`, `broken`, or `undecided` where a cloud was not reached.' },
    failed: { description: 'What failed, `<row>:<cause>` with commas between them.' },
    weak: { description: 'What works and should not stay so, in the same way.' },
    'not-seen': { description: 'What could not be looked at, in the same way.' },
  },
  token: true,
  check: checkInputs,
})

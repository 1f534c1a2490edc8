import { defineStep } from '../lib/step/define-step.ts'
import { handOverParams, handOverResults } from '../lib/step/hand-over-params.ts'
import { identityParams } from '../lib/step/identity-params.ts'
import { checkRegistries } from './registries.ts'

export const step = defineStep({
  name: 'login-registries',
  summary:
    'Log in to Amazon ECR and Azure Container Registry as a Microsoft Entra identity, for the tools of later steps: writes docker’s config.json, for exactly the registries named.',
  params: {
    registries: {
      kind: 'list',
      description:
        'Registries to log in to, at least one, each `host`, `host/repository` to narrow the login to that repository (repeat the host for more), or either with `=role-arn` to work as another role than `aws-role-arn`, or than `aws-chain-role-arn` where there is one.',
      pattern: /^[^\s=]+(=arn:[^\s]+)?$/,
      expected: 'host, host/repository, or one of these with =role-arn',
    },
    access: {
      kind: 'text',
      description:
        'What the logins are for. An AWS session is narrowed to it; ACR can narrow a login only where repositories are named.',
      oneOf: ['pull', 'push'],
      default: 'push',
    },
    ...identityParams,
    'aws-session-duration': {
      ...identityParams['aws-session-duration'],
      description: 'How long the AWS session lives, and with it a login to ECR.',
      default: '1h',
    },
    'aws-session-policy': {
      ...identityParams['aws-session-policy'],
      description:
        'IAM policy (JSON) in the place of the one that `access` and `registries` make. A guard: where the profile sets it, a param cannot. Tekton changes `$$` and `$(…)` in params, not in the profile.',
    },
    ...handOverParams('docker'),
  },
  workspaces: {},
  results: handOverResults,
  token: true,
  handOver: true,
  check: checkRegistries,
})

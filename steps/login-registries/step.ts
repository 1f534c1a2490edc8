import { checkRegistries } from '../lib/federation/registry-entries.ts'
import { defineStep } from '../lib/step/define-step.ts'
import { handOverParams, handOverResults } from '../lib/step/hand-over-params.ts'
import { identityParams } from '../lib/step/identity-params.ts'
import { registriesAccessParam, registriesParam } from '../lib/step/registry-params.ts'

export const step = defineStep({
  name: 'login-registries',
  summary:
    'Log in to Amazon ECR and Azure Container Registry as a Microsoft Entra identity, for the tools of later steps: writes docker’s config.json, for exactly the registries named.',
  params: {
    registries: registriesParam,
    access: registriesAccessParam,
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

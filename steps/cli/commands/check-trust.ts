import type { Param } from '../../lib/step/define-step.ts'
import { stateOption, type Command, type Option } from '../command.ts'
import { pathParams, trustParams } from '../trust-params.ts'

function optionOf(name: string, { description, kind, oneOf }: Param): Option {
  return {
    takes: pathParams.includes(name) ? 'FILE' : 'VALUE',
    ...(kind === 'list' ? { many: true } : {}),
    ...(oneOf === undefined ? {} : { oneOf }),
    summary: description,
  }
}

/** `check-trust`: the Task of that name on this machine, with a token of the pod. */
export const checkTrustCommand: Command = {
  name: 'check-trust',
  summary: 'Look at everything that lets a pod act in Azure and AWS, change nothing, and say what to create.',
  usage: '[--token-file FILE] [options]',
  positionals: { least: 0, most: 0 },
  options: {
    'token-file': { takes: 'FILE', summary: 'A projected token of the pod. Default: on the sandbox, which mints it.' },
    'aws-token-file': { takes: 'FILE', summary: 'The token for AWS itself, with aws-identity: cluster.' },
    profile: { takes: 'FILE', summary: 'Identity profile: a ConfigMap or its keys.' },
    'service-account': {
      takes: 'NS/NAME',
      summary: 'On the sandbox: whose token. Default: the first that is trusted.',
    },
    state: stateOption,
    fresh: { summary: 'On clouds of its own that live as long as the run, in the state of the example.' },
    config: { takes: 'FILE', summary: 'The same, in this state.' },
    output: {
      takes: 'FORM',
      oneOf: ['text', 'json'],
      summary: 'json: the whole verdict on standard output. text: the results. Default: text.',
    },
    ...Object.fromEntries(trustParams().map(([name, param]) => [name, optionOf(name, param)] as const)),
  },
  details: [
    'Standard error has the table, what to create, and the audit record as its last line.',
    'A token: kubectl create token builder -n ci --audience api://AzureADTokenExchange > token. What a laptop reaches may be another thing than what the pod reaches.',
    'Exit status: 0 trusted or weak, 77 broken, 75 a cloud was not reached, 64 a wrong call; see fail-on.',
  ],
  examples: [
    'npx tekton-entra check-trust --token-file token --profile identity.yaml \\',
    '    --images contoso.azurecr.io/shop/web --trust-policy trust-policy.json',
    'npx tekton-entra check-trust --fresh --images contoso.azurecr.io/shop/web --output json',
  ],
  run: async (given, host) => await (await import('../run-check-trust.ts')).runCheckTrust(given, host),
}

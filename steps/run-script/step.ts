import { defineStep } from '../lib/step/define-step.ts'
import { identityParams, stsEndpoints } from '../lib/step/identity-params.ts'
import { propagationParams } from '../lib/step/waiting-params.ts'
import { checkInputs, longestScript, noConfigMap, scriptAnnotation } from './inputs.ts'

export const step = defineStep({
  name: 'run-script',
  summary:
    "Run a short TypeScript or JavaScript script that calls Azure and AWS as a Microsoft Entra identity, from the pod's own projected token: tokens go only where they belong, and the record says which were given out.",
  params: {
    'script-file': {
      kind: 'text',
      description:
        'The script, as a path inside the workspace `source`. One of `script-file`, `script-from`, `script` and the annotation.',
      optional: true,
      // A path that climbs out could read what other workspaces hold.
      pattern: /^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+\.m?[jt]s$/,
      expected: 'a relative path inside the workspace, ending in .ts, .mts, .js or .mjs',
    },
    'script-from': {
      kind: 'text',
      description: 'The script, as the name of a ConfigMap that has it under the key `script.ts`.',
      default: noConfigMap,
      pattern: /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
      expected: 'the name of a ConfigMap',
    },
    script: {
      kind: 'text',
      description: `The script itself, where it is short. Tekton and Kubernetes change \`$(\` and \`$$\` in it; not in a file, nor in a ConfigMap. At most ${longestScript / 1024} KB.`,
      profile: true,
      profileOf: 'script-from',
      profileKey: 'script.ts',
      optional: true,
      exact: true,
      narrows: true,
    },
    params: {
      kind: 'list',
      description: 'What the script finds in `params`, each as `key=value`.',
      default: [],
      pattern: /^[A-Za-z_][\w.-]*=[\s\S]*$/,
      expected: 'entries such as site=web',
    },
    clouds: {
      kind: 'list',
      description:
        'Where the script may act: `azure`, `aws`, or both. Default: where the identity profile has somebody to act as.',
      default: [],
      pattern: /^(azure|aws)$/,
      expected: 'azure or aws',
    },
    ...identityParams,
    'aws-region': {
      ...identityParams['aws-region'],
      description: 'Region of the STS endpoint, and of services that the script names without one.',
    },
    'aws-endpoints': stsEndpoints,
    'aws-session-duration': {
      ...identityParams['aws-session-duration'],
      description: 'How long the AWS session may live. A script that takes longer is given another.',
    },
    timeout: {
      kind: 'duration',
      description: 'The overall deadline: the script is ended then, wherever it is.',
      default: '10m',
      range: ['1s', '24h'],
    },
    'dry-run': {
      kind: 'flag',
      description: 'Read the script, obtain the tokens, print where they could be sent, run nothing.',
      default: 'false',
    },
    ...propagationParams,
  },
  workspaces: {
    source: {
      description: 'Has `script-file`; the script may read and write there.',
      optional: true,
    },
    output: { description: 'The script may read and write there, too.', optional: true },
  },
  annotations: {
    script: {
      key: scriptAnnotation,
      description: `The script, in the metadata of the TaskRun, as it stands there. At most ${longestScript / 1024} KB.`,
    },
  },
  // Tekton wants results declared: these are what a script may set.
  results: {
    value: { description: 'What the script has set as `value`; empty when it has not.' },
    id: { description: 'What it has set as `id`.' },
    url: { description: 'What it has set as `url`.' },
    json: { description: 'What it has set as `json`.' },
  },
  token: true,
  imageParam:
    'Image of the step: the plain one, or `steps-shell`, with a shell and git for scripts that start programs (`$`). Pin it by digest, as your registry has it.',
  check: checkInputs,
})

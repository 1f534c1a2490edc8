import { guid } from '../lib/core/guid.ts'
import { clusterParams } from '../lib/step/cluster-params.ts'
import { defineStep } from '../lib/step/define-step.ts'
import { handOverParams } from '../lib/step/hand-over-params.ts'
import { identityParams, stsEndpoints } from '../lib/step/identity-params.ts'
import { registriesAccessParam, registriesParam } from '../lib/step/registry-params.ts'
import { propagationParams } from '../lib/step/waiting-params.ts'
import { checkInputs } from './inputs.ts'

/** Where the broker listens on the pod's loopback. */
const portParam = {
  kind: 'count',
  description: 'Port on the pod’s loopback where the broker listens. Another one where the command needs this one.',
  default: '8459',
  range: ['1024', '65535'],
} as const

/** The broker: a sidecar that hands out for as long as a command of the user's runs. */
export const step = defineStep({
  name: 'run-with-identity',
  summary:
    'The broker of the Task run-with-identity: hands out short-lived AWS sessions and Azure tokens of a Microsoft Entra identity on the pod’s loopback, records each of them, and stops when it is sealed.',
  params: {
    clouds: {
      kind: 'list',
      description:
        'What is handed out: `aws`, `azure`, or both; `none` where files are all that the command needs. Default: `azure` where `azure-resources` names any, `aws` where there are a role and a region.',
      default: [],
      pattern: /^(azure|aws|none)$/,
      expected: 'azure, aws or none',
    },
    'azure-resources': {
      kind: 'list',
      description:
        'Entra resources that the command may have tokens for, such as `https://management.azure.com`. A guard: the param can only narrow the profile’s list.',
      profile: true,
      default: [],
      pattern: /^[^\s,]{1,512}$/,
      expected: 'resources such as https://vault.azure.net, or client ids',
      narrows: true,
    },
    registries: {
      ...registriesParam,
      description: `A docker config is kept fresh for exactly these, each ${registriesParam.description.replace(/^.*?each /, '')}`,
      default: [],
    },
    'registries-access': registriesAccessParam,
    'cluster-type': {
      kind: 'text',
      description:
        'A kubeconfig is kept fresh for a cluster: `aks` (with Entra integration) or `eks`. Default: none. Where the cluster is may stand in the profile.',
      optional: true,
      oneOf: ['aks', 'eks'],
    },
    'cluster-name': { ...clusterParams['cluster-name'], optional: true },
    'cluster-server': { ...clusterParams['cluster-server'], optional: true },
    'cluster-ca': clusterParams['cluster-ca'],
    context: clusterParams.context,
    namespace: clusterParams.namespace,
    'require-roles': {
      kind: 'list',
      description:
        'App roles of an API of your own that the identity must have, all of them; they are verified again at each refresh.',
      default: [],
      // Values of app roles hold no blank (Microsoft Graph, appRole: value).
      pattern: /^[^\s,]{1,120}$/,
      expected: 'values of app roles, such as Release.Deploy',
    },
    'access-resource': {
      kind: 'text',
      description: 'The API of `require-roles`: its application ID URI, such as `api://release`, or its client id.',
      profile: true,
      optional: true,
      pattern: /^[^\s]{1,512}$/,
      expected: 'an application ID URI such as api://release, or a client id',
    },
    'access-api-client-id': {
      kind: 'text',
      description: 'Client id of that API: v2 tokens name it so. Needed unless `access-resource` is that id.',
      profile: true,
      optional: true,
      pattern: guid,
      expected: 'a client id (GUID)',
    },
    'refresh-after': {
      kind: 'duration',
      description:
        'How old an exchange may become whose outcome is still handed out. Then the identity is exchanged anew, and `require-roles` are verified again.',
      default: '5m',
      range: ['1s', '1h'],
    },
    ...identityParams,
    'aws-region': {
      ...identityParams['aws-region'],
      description: 'Region of the STS endpoint, and what the command finds in `AWS_REGION`.',
    },
    'aws-endpoints': stsEndpoints,
    'aws-session-duration': {
      ...identityParams['aws-session-duration'],
      description: 'How long an AWS session may live. What was handed out lives on for so long, whatever happens.',
      default: '1h',
    },
    'aws-session-policy': {
      ...identityParams['aws-session-policy'],
      description: `What the command may do in AWS at most: ${identityParams['aws-session-policy'].description.replace('IAM', 'an IAM')}`,
    },
    port: portParam,
    'file-mode': handOverParams('')['file-mode'],
    timeout: {
      kind: 'duration',
      description:
        'After this nothing is handed out any more, whatever the command does. The run’s own time-out ends the command.',
      default: '12h',
      range: ['10s', '72h'],
    },
    'dry-run': {
      kind: 'flag',
      description: 'Obtain everything, say what would be handed out, hand out nothing, and do not run the command.',
      default: 'false',
    },
    ...propagationParams,
  },
  workspaces: {},
  results: {},
  token: true,
  handOver: true,
  sidecar: true,
  sealed: true,
  check: checkInputs,
})

/** The first step: asks the broker, and fails with its error. */
const openStep = defineStep({
  name: 'open-identity',
  summary:
    'The first step of the Task run-with-identity: fails the run with the error of a broker that hands out nothing.',
  params: { port: portParam },
  workspaces: {},
  results: {
    run: { description: '`yes` where the command may run; `no` in a dry run.' },
    'aws-credentials-uri': { description: 'Where AWS’s clients ask; empty where AWS is not handed out.' },
    'aws-region': { description: 'Region of AWS; empty where AWS is not handed out.' },
    'azure-endpoint': { description: 'Where Azure’s clients ask (App Service); empty where Azure is not handed out.' },
    'azure-authority-host': { description: 'Where they ask as of IMDS; empty where Azure is not handed out.' },
    'azure-token-endpoint': { description: 'The same in full, for Terraform; empty where Azure is not handed out.' },
    'docker-config': { description: 'Folder of the docker config; empty where there are no registries.' },
    'registry-auth-file': { description: 'The docker config itself; empty where there are no registries.' },
    kubeconfig: { description: 'The kubeconfig; empty where there is no cluster.' },
  },
  token: false,
  sealed: true,
})

/** The last step: seals the broker's record, and ends as the command has ended. */
const sealStep = defineStep({
  name: 'seal-identity',
  summary: 'The last step of the Task run-with-identity: seals the broker’s record, and ends as the command has ended.',
  params: {
    port: portParam,
    'exit-code-file': {
      kind: 'text',
      description: 'Where Tekton has written the exit code of the command.',
      pattern: /^\/.+/,
      expected: 'an absolute path',
    },
  },
  workspaces: {},
  results: {
    'broker-record': { description: 'Id of the record of the broker, which the sink has.' },
    'hand-outs': { description: 'How many times something was handed out.' },
    'hand-outs-digest': { description: 'SHA-256 of the list of them, as the broker’s record has it.' },
  },
  token: false,
  sealed: true,
})

/** The steps around the command: of use in that Task alone. */
export const around = { open: openStep, seal: sealStep } as const

import { defineStep } from '../lib/step/define-step.ts'
import { handOverParams, handOverResults } from '../lib/step/hand-over-params.ts'
import { identityParams } from '../lib/step/identity-params.ts'
import { checkCluster } from './cluster.ts'

export const step = defineStep({
  name: 'write-kubeconfig',
  summary:
    'Write a kubeconfig for an AKS or EKS cluster as a Microsoft Entra identity, for kubectl, helm and other clients of later steps.',
  params: {
    'cluster-type': {
      kind: 'text',
      description: 'Whose cluster it is: `aks` (with Entra integration) or `eks`.',
      profile: true,
      oneOf: ['aks', 'eks'],
    },
    'cluster-name': {
      kind: 'text',
      description: 'Name of the cluster. EKS compares it; on AKS it is only what the context is called.',
      profile: true,
      pattern: /^[A-Za-z0-9][\w-]{0,99}$/,
      expected: 'the name of a cluster: letters, digits, - and _',
    },
    'cluster-server': {
      kind: 'text',
      description: 'URL of the API server.',
      profile: true,
      pattern: /^https:\/\/[a-zA-Z0-9.-]+(:\d{1,5})?\/?$/,
      expected: 'a URL such as https://shop-1a2b3c4d.hcp.westeurope.azmk8s.io:443',
    },
    'cluster-ca': {
      kind: 'text',
      description:
        'CA of the API server as kubeconfigs have it: PEM in Base64 on one line. Default: what the client trusts anyway.',
      profile: true,
      optional: true,
    },
    context: {
      kind: 'text',
      description: 'Name of the context. Default: `cluster-name`.',
      optional: true,
      pattern: /^[A-Za-z0-9][\w.-]{0,99}$/,
      expected: 'letters, digits, . - and _',
    },
    namespace: {
      kind: 'text',
      description: 'Namespace that clients use when they are told none.',
      optional: true,
      pattern: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
      expected: 'the name of a namespace',
    },
    ...identityParams,
    'aws-region': {
      ...identityParams['aws-region'],
      description: 'Region of the EKS cluster; also that of the STS endpoint, wherever AWS is asked.',
    },
    'aws-session-duration': {
      ...identityParams['aws-session-duration'],
      description: 'How long the AWS session behind a token for EKS lives; the token itself lives 15 minutes.',
    },
    ...handOverParams('kube'),
  },
  workspaces: {},
  results: handOverResults,
  token: true,
  handOver: true,
  check: checkCluster,
})

import { checkCluster } from '../lib/federation/cluster-inputs.ts'
import { clusterParams } from '../lib/step/cluster-params.ts'
import { defineStep } from '../lib/step/define-step.ts'
import { handOverParams, handOverResults } from '../lib/step/hand-over-params.ts'
import { identityParams } from '../lib/step/identity-params.ts'

export const step = defineStep({
  name: 'write-kubeconfig',
  summary:
    'Write a kubeconfig for an AKS or EKS cluster as a Microsoft Entra identity, for kubectl, helm and other clients of later steps.',
  params: {
    ...clusterParams,
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

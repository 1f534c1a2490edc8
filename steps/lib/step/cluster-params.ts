import type { Param } from './define-step.ts'

/** The params of every step that makes a way into a cluster. */
export const clusterParams = {
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
} as const satisfies Readonly<Record<string, Param>>

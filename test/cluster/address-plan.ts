/** Addresses of the cluster. They exist in its own network namespace alone, so that they can be the same on every machine. */
export const addressPlan = {
  node: '10.240.0.1',
  nodeRange: '10.240.0.1/24',
  pods: '10.244.0.0/16',
  services: '10.96.0.0/16',
  /** The first address of the services is the API server's. */
  apiService: '10.96.0.1',
} as const

/** Name of the only node. */
export const NODE_NAME = 'node'

/** `iss` of the projected tokens. The API server serves discovery and JWKS there; inside, pods reach it by a `hostAliases` entry. */
export const ISSUER = 'https://kubernetes.default.svc.cluster.local'

/** Names that the API server's certificate is for. */
export const apiServerNames = [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  'localhost',
] as const

/** Image of a pod's own container, and what the first tests run. Carried by the programs' folder, never pulled. */
export const IDLE_IMAGE = 'tekton-entra.test/idle:1'

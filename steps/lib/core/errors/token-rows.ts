import { defineErrors } from './row.ts'

/** The pod's projected token: found, read, and checked before anyone else sees it. */
export const tokenRows = defineErrors({
  TOKEN_FILE_MISSING: {
    exit: 64,
    retry: 'never',
    what: 'There is no projected service-account token at <path>: <reason>.',
    remedy:
      "Mount the Task's token volume into this step (a projected serviceAccountToken source with the audience of the federated credential), or label the pod azure.workload.identity/use=true on AKS.",
  },
  TOKEN_MALFORMED: {
    exit: 64,
    retry: 'never',
    what: 'The file at <path> holds no Kubernetes service-account token: <reason>.',
    remedy:
      'Point the step at the projected token itself (a JWT in three parts), not at a Secret or a kubeconfig. Nothing was sent anywhere.',
  },
  TOKEN_EXPIRED: {
    exit: 77,
    retry: 'never',
    what: "The projected token expired at <expiry>; this machine's clock says <now>. It was not sent to Entra.",
    remedy:
      'The kubelet renews the file by itself. Check that the node’s clock is right and that the volume is mounted live (a subPath mount is never renewed).',
  },
  TOKEN_AUDIENCE_MISMATCH: {
    exit: 64,
    retry: 'never',
    what: 'The projected token is made out to another audience than the one that was asked for. It was not sent to Entra.',
    sent: ['token audience', 'expected audience'],
    remedy:
      'Give the Task the param token-audience: it sets the audience of the token volume. A ConfigMap profile cannot, because Tekton fills the volume before any step runs.',
  },
})

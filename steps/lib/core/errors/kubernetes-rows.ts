import { defineErrors } from './row.ts'

/** The API of the cluster that the pod is in. */
export const kubernetesRows = defineErrors({
  KUBERNETES_TOKEN_MISSING: {
    exit: 64,
    retry: 'never',
    what: 'The step cannot ask the Kubernetes API: <reason>.',
    remedy:
      'Give the token volume a serviceAccountToken without audience as api-token, and the key ca.crt of the ConfigMap kube-root-ca.crt as api-ca.crt, as the Task of this step has them.',
  },
  KUBERNETES_DENIED: {
    exit: 77,
    retry: 'never',
    what: 'The Kubernetes API does not let this service account read <path>.',
    remedy:
      'Give the service account of the run the Role that is shipped beside the Task (samples/role.yaml): kubectl apply -f role.yaml',
  },
  KUBERNETES_UNAVAILABLE: {
    exit: 75,
    retry: 'transient',
    what: 'The Kubernetes API failed at <path> (HTTP <status>).',
    remedy: 'Nothing to change here: run it again when the API server answers.',
  },
  KUBERNETES_RUN_UNKNOWN: {
    exit: 77,
    retry: 'never',
    what: 'It cannot be told which run this pod belongs to: <got>; expected is <expected>.',
    remedy:
      'The run is found by the pod that the projected token names, and by what Tekton itself has written of it. Start the Task as a TaskRun or in a PipelineRun, not as a pod of your own.',
  },
})

import { defineErrors } from './row.ts'

/** The API of the cluster that the pod is in. */
export const kubernetesRows = defineErrors({
  KUBERNETES_TOKEN_MISSING: {
    exit: 64,
    retry: 'never',
    what: 'The step cannot ask the Kubernetes API: <reason>.',
    remedy:
      'Run the step in a pod, with the token for the Kubernetes API that the Task mounts, or that Kubernetes mounts itself (automountServiceAccountToken).',
  },
  KUBERNETES_DENIED: {
    exit: 77,
    retry: 'never',
    what: 'The Kubernetes API does not let <account> read <path> (HTTP <status>).',
    remedy: `Bind the Role that stands beside the Task to the service account of the run:
kubectl apply -f tasks/await-approval/samples/role.yaml`,
  },
  KUBERNETES_REFUSED: {
    exit: 77,
    retry: 'never',
    what: 'The Kubernetes API does not answer as expected: <reason>.',
    remedy: 'Look at what stands between the pod and its API server: KUBERNETES_SERVICE_HOST names it.',
  },
  KUBERNETES_UNAVAILABLE: {
    exit: 75,
    retry: 'transient',
    what: 'The Kubernetes API is not able to answer now: <reason>.',
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

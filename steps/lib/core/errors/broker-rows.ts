import { defineErrors } from './row.ts'

/** What can go wrong between the broker of run-with-identity, its first and last step, and who asks it. */
export const brokerRows = defineErrors({
  BROKER_UNREACHABLE: {
    exit: 75,
    retry: 'never',
    what: 'The broker does not answer at <address>: <reason>.',
    remedy: `Nothing is handed out without it. Read its log, and how its container has ended:
kubectl logs POD --container sidecar-broker
kubectl describe pod POD
A broker that was out of memory, or that never became ready, says no more than that.`,
  },
  BROKER_PORT_TAKEN: {
    exit: 64,
    retry: 'never',
    what: 'The broker cannot listen on <address>: <reason>.',
    remedy: 'Another container of the pod listens there. Choose another port by the param port.',
  },
  BROKER_FOLDER_UNUSABLE: {
    exit: 64,
    retry: 'never',
    what: 'The volume that the broker and our steps share cannot be used at <path>: <reason>.',
    remedy:
      'Keep the volume tekton-entra-sealed of the Task as it is: an emptyDir on memory, mounted by the broker, and read-only by the first and the last step. All three must run as the same uid.',
  },
  BROKER_TOKEN_EXPOSED: {
    exit: 77,
    retry: 'never',
    what: 'The webhook of <cloud> mounts the pod’s token into the command’s container, too: the annotation <annotation> of the pod does not name it, but says "<skipped>". Nothing is handed out.',
    remedy: `With that token the command would be the identity itself, and nothing of what it does would be recorded. The Task has the annotation; one of the same name on the TaskRun or PipelineRun takes its place. Name the container there:
  metadata:
    annotations:
      <annotation>: step-run`,
  },
  BROKER_SECRET_WRONG: {
    exit: 77,
    retry: 'never',
    what: 'The broker was asked to <action> by somebody who does not know the secret of this run, and did not do it.',
    remedy: 'Only the first and the last step of the Task can do that. Leave the broker’s /control paths alone.',
  },
  BROKER_SEALED: {
    exit: 77,
    retry: 'never',
    what: 'The broker has sealed its record: nothing is handed out any more.',
    remedy:
      'The broker hands out until the command has ended. Start nothing that outlives the command, and do not start the last step yourself.',
  },
  BROKER_REQUEST_REFUSED: {
    exit: 77,
    retry: 'never',
    what: 'The broker refused the request: <reason>.',
    remedy:
      'Ask as the SDKs do, by the variables that the step was given: a client that was told to ask by somebody else (SSRF) is what these checks keep out.',
  },
  BROKER_RESOURCE_NOT_ALLOWED: {
    exit: 77,
    retry: 'never',
    what: 'No token for <resource> is handed out: allowed are <allowed>.',
    remedy:
      'Add it to azure-resources, by the param or in the identity profile. A param can only narrow the profile’s list.',
  },
  BROKER_IDENTITY_DIFFERS: {
    exit: 77,
    retry: 'never',
    what: 'A token of the managed identity <asked> was asked for; the broker hands out those of <client> alone.',
    remedy: 'Do not name an identity (client_id, object_id, mi_res_id, AZURE_CLIENT_ID): there is one.',
  },
  BROKER_DRY_RUN: {
    exit: 77,
    retry: 'never',
    what: 'This is a dry run: nothing is handed out.',
    remedy: 'Run without dry-run. In a dry run the command is not started; somebody else has asked.',
  },
  BROKER_COMMAND_RUNS: {
    exit: 77,
    retry: 'never',
    what: 'The last step was started although the command has not ended: <path> has no exit code. Nothing is handed out any more.',
    remedy:
      'The last step is started by Tekton when the command has ended. A command that starts it by itself (by files below /tekton) ends its own access.',
  },
  BROKER_RECORD_LOST: {
    exit: 75,
    retry: 'never',
    what: 'The broker was sealed, but its record <broker> did not get out: the broker ended with <status>.',
    remedy:
      'Read the broker’s log (kubectl logs POD --container sidecar-broker). The record of each hand-out had reached the sink before it was handed out.',
  },
})

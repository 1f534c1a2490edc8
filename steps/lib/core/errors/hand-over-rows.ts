import { defineErrors } from './row.ts'

/** What can go wrong where credentials are written for the steps after this one. */
export const handOverRows = defineErrors({
  HANDOVER_NOT_MEMORY: {
    exit: 64,
    retry: 'never',
    what: 'The hand-over volume at <path> is not on memory (its file system is <type>). Nothing was obtained and nothing was written.',
    remedy: `A credential on a disk outlives the pod. Give the Task a volume for it:
  - name: hand-over
    emptyDir: { medium: Memory, sizeLimit: 1Mi }
and name it by the param hand-over-volume.`,
  },
  HANDOVER_FOLDER_UNUSABLE: {
    exit: 64,
    retry: 'never',
    what: 'The folder <path> cannot be handed over in: <reason>.',
    remedy:
      'It must be a plain folder of the hand-over volume that this step may write to. A link there was planted by another container of the pod; a folder of another uid needs the pod’s fsGroup and file-mode 0640, or another name by the param folder.',
  },
  HANDOVER_FILE_UNUSABLE: {
    exit: 64,
    retry: 'never',
    what: 'The file <path> is there already, and nothing can be added to it: <reason>. It was left as it is.',
    remedy:
      'Correct what wrote it, or write into a folder of its own: the param folder names it. What this step did not write is never thrown away.',
  },
  HANDOVER_SHADOWED: {
    exit: 64,
    retry: 'never',
    what: 'The file <path> has <setting>, which clients ask before the entry for <host> that would be written. It was left as it is.',
    remedy:
      'A client would act as somebody else, or fail, and nobody would see why. Take that setting out of the file, or write into a folder of its own: the param folder names it.',
  },
  HANDOVER_NOT_WRITTEN: {
    exit: 74,
    retry: 'never',
    what: 'The file <path> could not be written: <reason>.',
    remedy:
      'Look at the size of the hand-over volume (sizeLimit), and at who else writes there. What was there before is still there, whole.',
  },
  HANDOVER_SETTINGS_UNUSABLE: {
    exit: 64,
    retry: 'never',
    what: 'The settings <path> that the profile names cannot be used: <reason>. Nobody was asked for anything.',
    remedy:
      'Mount the hand-over volume into this container where write-aws-profile has it (the path is the one in the profile’s credential_process), readable by its uid: the param file-mode. The settings are written by write-aws-profile alone, and by its own version.',
  },
  HANDOVER_NOT_RECORDED: {
    exit: 75,
    retry: 'never',
    what: 'A session was obtained and is not handed out: its audit record did not reach <sink>: <reason>',
    sent: ['cause'],
    remedy:
      '<remedy of the cause> Nothing is handed out unrecorded; a client asks again by itself or when it is started again. With record-sink-failure: warn in the identity profile it would only have warned.',
  },
  HANDOVER_NOT_PRINTED: {
    exit: 74,
    retry: 'never',
    what: 'The session could not be written to standard output: <reason>. Its record says that it was handed out.',
    remedy: 'Look at the client that started this program: it was gone, or did not read.',
  },
  EKS_TOKEN_TOO_LONG: {
    exit: 77,
    retry: 'never',
    what: 'The token for EKS would have <length> characters; an EKS cluster reads no more than 4096.',
    remedy:
      'The session of <role> is what makes it long: give it fewer or shorter session policies and tags (aws-session-policy).',
  },
  ACR_NOT_GRANTED: {
    exit: 77,
    retry: 'propagation',
    what: 'The identity <principal> may not <action> on <registry>: ACR granted <granted>.',
    remedy: `Give it the role:
az role assignment create --role <role> \\
  --assignee-object-id <principal> \\
  --assignee-principal-type ServicePrincipal \\
  --scope $(az acr show --name <registry> --query id -o tsv)
A registry in repository mode (rbac-abac) ignores that role: assign "Container Registry Repository Reader", or Writer, there.`,
  },
})

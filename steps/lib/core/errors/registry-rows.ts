import { defineErrors } from './row.ts'

/** What a registry answers, whichever cloud it belongs to, and what ACR adds. */
export const registryRows = defineErrors({
  ACR_NO_PUSH_PERMISSION: {
    exit: 77,
    retry: 'propagation',
    what: 'The identity <principal> may not push to <repository> on <registry>: ACR granted <granted>.',
    remedy: `Give it the role:
az role assignment create --role AcrPush \\
  --assignee-object-id <principal> \\
  --assignee-principal-type ServicePrincipal \\
  --scope $(az acr show --name <registry> --query id -o tsv)
A registry in repository mode (rbac-abac) ignores AcrPush: assign "Container Registry Repository Writer" there.`,
  },
  ACR_EXCHANGE_REFUSED: {
    exit: 77,
    retry: 'propagation',
    what: 'The registry <registry> does not accept the Entra token of the tenant <tenant>.',
    sent: ['token audience', 'principal'],
    remedy:
      'Check that the registry belongs to this tenant, and that the identity has any role on it:\naz acr show --name <registry>',
  },
  REGISTRY_CREDENTIAL_REFUSED: {
    exit: 77,
    retry: 'never',
    what: 'The registry <registry> refused a credential that it had just given, also a fresh one.',
    remedy:
      'For ECR: the credential is valid in its own region only. For ACR: the registry may have been switched to another permission mode.',
  },
  REGISTRY_DENIED: {
    exit: 77,
    retry: 'never',
    what: 'The registry <registry> does not allow <operation> on <repository>.',
    remedy: `The cause names the missing right. To push, ECR wants ecr:BatchCheckLayerAvailability, ecr:InitiateLayerUpload, ecr:UploadLayerPart, ecr:CompleteLayerUpload and ecr:PutImage on the repository (and its repository policy, for another account); ACR wants AcrPush. To pull, ECR wants ecr:BatchGetImage and ecr:GetDownloadUrlForLayer, ACR wants AcrPull.
A 403 without a cause is a firewall: allow the cluster’s egress address.`,
  },
  REGISTRY_REPOSITORY_UNKNOWN: {
    exit: 77,
    retry: 'never',
    what: 'The repository <repository> does not exist on <registry>.',
    remedy:
      'Create it in the registry’s account and region, or correct the param image:\naws ecr create-repository --repository-name <repository>',
  },
  REGISTRY_TAG_IMMUTABLE: {
    exit: 77,
    retry: 'never',
    what: 'The tag <tag> of <repository> on <registry> holds another image and cannot be changed.',
    remedy: 'Push under a new tag. The image itself is uploaded; a run with a new tag only puts that.',
  },
  REGISTRY_DIGEST_REFUSED: {
    exit: 77,
    retry: 'never',
    what: 'What was sent as <digest> has another digest or size, says the registry <registry>.',
    remedy:
      'The layout in the workspace is damaged, or was changed while it was read. Build the image anew; nothing was tagged.',
  },
  REGISTRY_BLOB_VANISHED: {
    exit: 75,
    retry: 'never',
    what: 'The registry <registry> says that something named by <digest> is missing, although all of it was uploaded again.',
    remedy: 'Run it again: what is missing is uploaded then.',
  },
  REGISTRY_UPLOAD_LOST: {
    exit: 75,
    retry: 'transient',
    what: 'The registry <registry> no longer knew the upload of <digest> that it had begun.',
    remedy:
      'Replicas of one registry do not share uploads: use its regional endpoint where it has one, or run it again.',
  },
  UPLOAD_TOO_SLOW: {
    exit: 75,
    retry: 'transient',
    what: 'An upload took no bytes for <seconds> s while another registry waited for it.',
    remedy:
      'Nothing to change here: it is begun anew by itself. When it stays, look at the line to the slower registry.',
  },
  REGISTRY_MANIFEST_REFUSED: {
    exit: 77,
    retry: 'never',
    what: 'The registry <registry> does not accept the manifest <digest> of type <media-type>.',
    remedy: 'The cause is the registry’s own text. Nothing was tagged.',
  },
  REGISTRY_TOO_LARGE: {
    exit: 77,
    retry: 'never',
    what: 'The registry <registry> finds <digest> too large.',
    remedy:
      'Registries must take manifests of 4 MiB; a proxy in between may allow less. Layers may meet the registry’s own limit.',
  },
  REGISTRY_LOCATION_FOREIGN: {
    exit: 77,
    retry: 'never',
    what: 'The registry <registry> sent the upload to another host, <host>. No credential was sent there.',
    remedy: 'A registry may not move an upload to another host. Look at the proxy in between.',
  },
  REGISTRY_ANSWER_INVALID: {
    exit: 75,
    retry: 'transient',
    what: 'The registry <registry> answered <operation> in a way that the OCI specification does not know: <reason>.',
    remedy:
      'When every run does so, something between the pod and the registry answers in its place: look at the proxy.',
  },
  REGISTRY_DIGEST_DIFFERS: {
    exit: 75,
    retry: 'never',
    what: 'The registry <registry> stored what it was sent under another digest.',
    sent: ['sent digest', 'stored digest'],
    remedy: 'Do not use the image. Something between the pod and the registry changes bytes: look at the proxy.',
  },
  REGISTRY_REFERRERS_INVALID: {
    exit: 77,
    retry: 'never',
    what: 'The tag <tag> of <repository> on <registry> cannot be used as the list of referrers: <reason>. It was not changed.',
    remedy:
      'On a registry without the referrers API this tag belongs to the list of what refers to an image. Delete it, or give what it holds another name; everything else is pushed.',
  },
  REGISTRY_REFERRERS_CONTENDED: {
    exit: 75,
    retry: 'never',
    what: 'Others go on writing over the tag <tag> of <repository> on <registry>, the list of what refers to an image.',
    remedy:
      'Run it again, or push fewer signatures, SBOMs and attestations of one image at once; everything else is pushed.',
  },
  REGISTRY_THROTTLED: {
    exit: 75,
    retry: 'transient',
    what: 'The registry <registry> asks to slow down.',
    remedy: 'Run fewer pushes at once under one identity: ACR counts writes per identity.',
  },
  REGISTRY_UNAVAILABLE: {
    exit: 75,
    retry: 'transient',
    what: 'The registry <registry> failed at <operation> (HTTP <status>).',
    remedy: 'Nothing to change here: run it again later; what was uploaded already is skipped.',
  },
  REGISTRY_REFUSED: {
    exit: 77,
    retry: 'never',
    what: 'The registry <registry> refused <operation> (HTTP <status>).',
    remedy: 'The cause is the registry’s own text.',
  },
})

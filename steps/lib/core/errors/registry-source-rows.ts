import { defineErrors } from './row.ts'

/** What is read from a registry. */
export const registrySourceRows = defineErrors({
  ACR_NO_PULL_PERMISSION: {
    exit: 77,
    retry: 'propagation',
    what: 'The identity <principal> may not pull from <repository> on <registry>: ACR granted <granted>.',
    remedy: `Give it the role:
az role assignment create --role AcrPull \\
  --assignee-object-id <principal> \\
  --assignee-principal-type ServicePrincipal \\
  --scope $(az acr show --name <registry> --query id -o tsv)
A registry in repository mode (rbac-abac) ignores AcrPull: assign "Container Registry Repository Reader" there.`,
  },
  REGISTRY_ANONYMOUS_REFUSED: {
    exit: 77,
    retry: 'never',
    what: 'The registry <registry> lets nobody read <repository> without a credential, and none was to be sent.',
    remedy:
      'Name an identity that may read there, where the registry is an Azure Container Registry or ECR; otherwise copy the image to such a registry by other means first.',
  },
  REGISTRY_IMAGE_UNKNOWN: {
    exit: 77,
    retry: 'never',
    what: 'There is no <reference> in <repository> on <registry>.',
    remedy:
      'Correct the name, the tag or the digest. Some registries say the same of a repository that exists when the identity may not see it.',
  },
  REGISTRY_IMAGE_UNSUPPORTED: {
    exit: 77,
    retry: 'never',
    what: '<reference> in <repository> on <registry> is a <media-type>, which cannot be taken from there.',
    remedy: 'Build or copy it anew as one of: <supported>.',
  },
  REGISTRY_IMAGE_UNEXPECTED: {
    exit: 77,
    retry: 'never',
    what: '<image> is another image than expect-digest asks for. Nothing was taken from it.',
    sent: ['expected digest', 'digest there'],
    remedy:
      'Somebody has moved the tag, or expect-digest is of another image. Find out which before you change either: that is what expect-digest is for.',
  },
  REGISTRY_BLOB_MISSING: {
    exit: 75,
    retry: 'never',
    what: 'The registry <registry> no longer has <digest> in <repository>, which the image there names.',
    remedy: 'The image is damaged at its source: push it there anew. No tag was put anywhere.',
  },
  REGISTRY_BLOB_DIFFERS: {
    exit: 75,
    retry: 'never',
    what: 'What the registry <registry> gave as <digest> is not that: <reason>.',
    remedy:
      'Do not use the image. It is damaged at its source, or something between the pod and the registry changes bytes: look at the proxy. No tag was put anywhere.',
  },
})

import { platformParams, transferParams } from '../lib/delivery/transfer-params.ts'
import { defineStep } from '../lib/step/define-step.ts'
import { identityParams } from '../lib/step/identity-params.ts'
import { checkInputs } from './inputs.ts'
import { propagationParams } from '../lib/step/waiting-params.ts'

export const step = defineStep({
  name: 'pull-image',
  summary:
    "Pull an image from Amazon ECR, Azure Container Registry or a public registry into a workspace, as an OCI image layout, every byte checked, as a Microsoft Entra identity from the pod's own projected token.",
  params: {
    image: {
      kind: 'text',
      description:
        'What to pull: `host/repository:tag`, or `host/repository@sha256:…`. The host is a private ECR registry, `public.ecr.aws`, an Azure Container Registry, or with `access` any public registry.',
      expected: 'a reference such as contoso.azurecr.io/shop/web:1.4.2',
    },
    path: {
      kind: 'text',
      description:
        'Folder of the layout, inside the workspace `output`. It may be empty, not there yet, or a layout, which is added to.',
      default: '.',
      // A path that climbs out could write into what other workspaces hold.
      pattern: /^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+$/,
      expected: 'a relative path inside the workspace',
    },
    'ref-name': {
      kind: 'text',
      description:
        'Name of the image in the layout (`org.opencontainers.image.ref.name`). Another image of that name there loses it. Default: the tag of `image`, if it has one.',
      optional: true,
      pattern: /^[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,254}$/,
      expected: 'at most 255 letters, digits and . _ : @ / + -',
    },
    'expect-digest': {
      kind: 'text',
      description:
        'Digest that `image` must have; otherwise nothing is pulled. Compared before `platforms` are picked.',
      optional: true,
      pattern: /^sha256:[0-9a-f]{64}$/,
      expected: 'sha256: and 64 lower case hex digits',
    },
    ...platformParams,
    access: {
      kind: 'text',
      description:
        'As whom `image` is read: `identity`, or `anonymous` for a registry that is open to all; then no credential is sent there.',
      oneOf: ['identity', 'anonymous'],
      default: 'identity',
    },
    ...identityParams,
    ...transferParams,
    'dry-run': {
      kind: 'flag',
      description: 'Obtain the tokens, look at the image, print what would be pulled, write nothing.',
      default: 'false',
    },
    ...propagationParams,
  },
  workspaces: { output: { description: 'Receives the image, as an OCI image layout.' } },
  results: {
    // Not IMAGE_URL and IMAGE_DIGEST: by those Tekton Chains would take the image for one that this run has built.
    reference: { description: 'What was pulled, as `host/repository@sha256:…`; empty in a dry run.' },
    digest: { description: 'Its digest, `sha256:…`; empty in a dry run.' },
  },
  token: true,
  check: checkInputs,
})

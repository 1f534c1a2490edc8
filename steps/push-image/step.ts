import { checkInputs } from './inputs.ts'
import { repositoryParams } from '../lib/delivery/repository-params.ts'
import { platformParams, transferParams } from '../lib/delivery/transfer-params.ts'
import { defineStep } from '../lib/step/define-step.ts'
import { identityParams } from '../lib/step/identity-params.ts'
import { propagationParams } from '../lib/step/waiting-params.ts'

export const step = defineStep({
  name: 'push-image',
  summary:
    "Push an image to Amazon ECR or Azure Container Registry, or to several at once, as a Microsoft Entra identity, from the pod's own projected token.",
  params: {
    image: {
      kind: 'text',
      description:
        'Where to push: `host/repository[:tag]`. The host is a private ECR registry, `public.ecr.aws` or an Azure Container Registry.',
      expected: 'a reference such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web:1.4.2',
    },
    tags: {
      kind: 'list',
      description:
        'More tags for the image, put at every destination. Without these and without a tag in `image` it is pushed by digest only.',
      default: [],
      pattern: /^\w[\w.-]{0,127}$/,
      expected: 'at most 128 letters, digits, _ . - and no . or - at the start',
    },
    images: {
      kind: 'list',
      description: 'Further destinations, as `image`. No tag is put anywhere before all of them have the whole image.',
      default: [],
    },
    path: {
      kind: 'text',
      description:
        'What to push, inside the workspace `source`: the folder of an OCI image layout, or a file: an OCI archive or a docker archive (`docker save`), plain, gzip or zstd.',
      default: '.',
      // A path that climbs out could publish what other workspaces hold.
      pattern: /^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+$/,
      expected: 'a relative path inside the workspace',
    },
    'source-ref': {
      kind: 'text',
      description:
        'Which image, when `path` holds several: its `org.opencontainers.image.ref.name`, its repository tag or its digest.',
      optional: true,
    },
    ...platformParams,
    compression: {
      kind: 'text',
      description: 'How layers of a docker archive that are not compressed yet are sent.',
      oneOf: ['gzip', 'zstd', 'none'],
      default: 'gzip',
    },
    ...identityParams,
    ...repositoryParams,
    'wait-for-scan': {
      kind: 'text',
      description:
        "Push by digest, wait for ECR's scan, and put the tags only when it has no finding of this severity or a worse one.",
      oneOf: ['critical', 'high', 'medium', 'low', 'informational'],
      optional: true,
    },
    'wait-for-signature': {
      kind: 'flag',
      description: "Put the tags only when ECR's managed signing has signed the image.",
      default: 'false',
    },
    ...transferParams,
    'dry-run': {
      kind: 'flag',
      description: 'Obtain the tokens, check the right to push, print the plan, push nothing.',
      default: 'false',
    },
    ...propagationParams,
  },
  workspaces: { source: { description: 'Holds the image: a layout folder or an archive.' } },
  results: {
    IMAGE_URL: { description: 'Reference that was pushed, without digest; empty in a dry run.' },
    IMAGE_DIGEST: { description: 'Digest of what was pushed, `sha256:…`; empty in a dry run.' },
    IMAGES: {
      description:
        'All destinations as `repository@digest`, parted by commas, that of `image` first; empty in a dry run.',
    },
  },
  token: true,
  scratch: true,
  check: checkInputs,
})

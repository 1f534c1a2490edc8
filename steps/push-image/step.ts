import { checkDestinations } from './destinations.ts'
import { defineStep } from '../lib/step/define-step.ts'
import { identityParams } from '../lib/step/identity-params.ts'

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
    platforms: {
      kind: 'list',
      description:
        'Platforms to take from an index, such as `linux/arm64`: one gives that image itself, several an index of just these. Default: all.',
      default: [],
      pattern: /^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9.]+)?$/,
      expected: 'platforms such as linux/amd64 or linux/arm/v7',
    },
    compression: {
      kind: 'text',
      description: 'How layers of a docker archive that are not compressed yet are sent.',
      oneOf: ['gzip', 'zstd', 'none'],
      default: 'gzip',
    },
    ...identityParams,
    'create-repository': {
      kind: 'text',
      description:
        'Whether a missing ECR repository is created. `never` leaves that to a creation template, where the registry has one.',
      oneOf: ['never', 'if-missing'],
      default: 'never',
    },
    'repository-scan': {
      kind: 'flag',
      description: 'A created repository scans images on push.',
      default: 'false',
    },
    'repository-immutable-tags': {
      kind: 'flag',
      description: 'Tags of a created repository cannot be moved.',
      default: 'false',
    },
    'repository-encryption': {
      kind: 'text',
      description: 'Encryption of a created repository: `AES256`, or the ARN of a KMS key.',
      optional: true,
      pattern: /^(AES256|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]+)$/,
      expected: 'AES256, or the ARN of a KMS key',
    },
    'repository-tags': {
      kind: 'list',
      description: 'AWS tags of a created repository, as `key=value`.',
      default: [],
      pattern: /^[^=]{1,128}=.{0,256}$/,
      expected: 'key=value',
    },
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
    concurrency: {
      kind: 'count',
      description: 'Blobs on their way at once.',
      default: '4',
      range: ['1', '16'],
    },
    timeout: {
      kind: 'duration',
      description: 'The overall deadline: whatever is retried or waited for, the step ends then.',
      default: '1h',
      range: ['1s', '24h'],
    },
    'dry-run': {
      kind: 'flag',
      description: 'Obtain the tokens, check the right to push, print the plan, push nothing.',
      default: 'false',
    },
    'propagation-wait': {
      kind: 'duration',
      description: 'How long to wait for a federated credential or trust policy that was made just now.',
      default: '20s',
    },
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
  check: checkDestinations,
})

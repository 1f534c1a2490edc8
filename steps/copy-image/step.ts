import { repositoryParams } from '../lib/delivery/repository-params.ts'
import { platformParams, transferParams } from '../lib/delivery/transfer-params.ts'
import { defineStep } from '../lib/step/define-step.ts'
import { sharedIdentityParams, sideIdentityParams } from '../lib/step/identity-sides.ts'
import { sideParams } from '../lib/step/side-params.ts'
import { checkInputs } from './inputs.ts'
import { propagationParams } from '../lib/step/waiting-params.ts'

export const step = defineStep({
  name: 'copy-image',
  summary:
    'Copy an image from one registry to others (Amazon ECR, Azure Container Registry, or from a public one), under its own digest, as Microsoft Entra identities on both sides, without a disk in between.',
  params: {
    from: {
      kind: 'text',
      description:
        'What to copy: `host/repository:tag`, or `host/repository@sha256:…`. The host is a private ECR registry, `public.ecr.aws`, an Azure Container Registry, or with `from-access` any public registry.',
      expected: 'a reference such as contoso.azurecr.io/shop/web:1.4.2',
    },
    to: {
      kind: 'text',
      description:
        'Where to copy it to: `host/repository[:tag]`, on ECR or an Azure Container Registry. No tag is taken over from `from`.',
      expected: 'a reference such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web:1.4.2',
    },
    tags: {
      kind: 'list',
      description:
        'More tags for the image, put at every destination. Without these and without a tag in `to` it is there by digest only.',
      default: [],
      pattern: /^\w[\w.-]{0,127}$/,
      expected: 'at most 128 letters, digits, _ . - and no . or - at the start',
    },
    'also-to': {
      kind: 'list',
      description: 'Further destinations, as `to`. No tag is put anywhere before all of them have the whole image.',
      default: [],
    },
    'expect-digest': {
      kind: 'text',
      description: 'Digest that `from` must have; otherwise nothing is copied. Compared before `platforms` are picked.',
      optional: true,
      pattern: /^sha256:[0-9a-f]{64}$/,
      expected: 'sha256: and 64 lower case hex digits',
    },
    ...platformParams,
    attachments: {
      kind: 'flag',
      description:
        'Also copy what is attached to the image and to each image in it: signatures, SBOMs, attestations, by the referrers API or by tag, and what is attached to those.',
      default: 'false',
    },
    'from-access': {
      kind: 'text',
      description:
        'As whom `from` is read: `identity`, or `anonymous` for a registry that is open to all; then no credential is sent there.',
      oneOf: ['identity', 'anonymous'],
      default: 'identity',
    },
    ...sideParams('from', sideIdentityParams),
    ...sideParams('to', sideIdentityParams),
    ...sharedIdentityParams,
    ...repositoryParams,
    ...transferParams,
    'dry-run': {
      kind: 'flag',
      description: 'Obtain the tokens, look at the image, check the right to push, print the plan, copy nothing.',
      default: 'false',
    },
    ...propagationParams,
  },
  workspaces: {},
  results: {
    IMAGE_URL: { description: 'Reference that it was copied to, without digest; empty in a dry run.' },
    IMAGE_DIGEST: { description: 'Digest of what was copied, `sha256:…`; empty in a dry run.' },
    IMAGES: {
      description: 'All destinations as `repository@digest`, parted by commas, that of `to` first; empty in a dry run.',
    },
  },
  token: true,
  mainSide: 'to',
  check: checkInputs,
})

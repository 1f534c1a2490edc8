import type { Param } from '../step/define-step.ts'

/** Whether and how a missing ECR repository is created: the same params in every step that sends images. */
export const repositoryParams = {
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
} as const satisfies Readonly<Record<string, Param>>

import type { Param } from '../step/define-step.ts'

/** How an image is taken along, and until when: the same params in every step that does. */
export const transferParams = {
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
} as const satisfies Readonly<Record<string, Param>>

/** How long a trust that is new is waited for. */
export const propagationParams = {
  'propagation-wait': {
    kind: 'duration',
    description: 'How long to wait for a federated credential or trust policy that was made just now.',
    default: '20s',
  },
} as const satisfies Readonly<Record<string, Param>>

/** Platforms to take from an index. */
export const platformParams = {
  platforms: {
    kind: 'list',
    description:
      'Platforms to take from an index, such as `linux/arm64`: one gives that image itself, several an index of just these. Default: all.',
    default: [],
    pattern: /^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9.]+)?$/,
    expected: 'platforms such as linux/amd64 or linux/arm/v7',
  },
} as const satisfies Readonly<Record<string, Param>>

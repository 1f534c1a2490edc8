import type { Param } from '../step/define-step.ts'
import { deadline } from '../step/waiting-params.ts'

/** How an image is taken along, and until when: the same params in every step that does. */
export const transferParams = {
  concurrency: {
    kind: 'count',
    description: 'Blobs on their way at once.',
    default: '4',
    range: ['1', '16'],
  },
  timeout: { ...deadline, default: '1h', range: ['1s', '24h'] },
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

import type { Param } from './define-step.ts'

/** Until when a step must be done; steps that take longer say so. */
export const deadline = {
  kind: 'duration',
  description: 'The overall deadline: whatever is retried or waited for, the step ends then.',
  default: '5m',
  range: ['1s', '1h'],
} as const satisfies Param

/** How long a trust that is new is waited for. */
export const propagationParams = {
  'propagation-wait': {
    kind: 'duration',
    description: 'How long to wait for a federated credential or trust policy that was made just now.',
    default: '20s',
  },
} as const satisfies Readonly<Record<string, Param>>

import type { Param } from './define-step.ts'
import { deadline, propagationParams } from './waiting-params.ts'

/** The params that all steps have which write for the steps after them; `folder` is where the step writes by default. */
export function handOverParams(folder: string) {
  return {
    folder: {
      kind: 'text',
      description:
        'Folder of the hand-over volume that is written into. Two for two tools that shall not see the same.',
      default: folder,
      pattern: /^[A-Za-z0-9_][\w.-]{0,62}$/,
      expected: 'the name of one folder',
    },
    'file-mode': {
      kind: 'text',
      description:
        "Mode of the files: `0600` for steps of the same uid, `0640` for steps of another uid that share the pod's `fsGroup`.",
      oneOf: ['0600', '0640'],
      default: '0600',
    },
    timeout: deadline,
    'dry-run': {
      kind: 'flag',
      description: 'Obtain the credentials, look at the files that are there, write nothing.',
      default: 'false',
    },
    ...propagationParams,
  } as const satisfies Readonly<Record<string, Param>>
}

/** The result of all of them. */
export const handOverResults = {
  EXPIRES_AT: {
    description: 'When the first of the entries ends, RFC 3339; empty in a dry run, and where all renew themselves.',
  },
} as const

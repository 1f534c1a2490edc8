import type { OutageCode } from '../faults.ts'
import type { RefusalRow } from './refusal-row.ts'

const busy = { error: 'temporarily_unavailable', evidence: 'K' } as const

/**
 * Failures that pass by themselves: what the fault `entra-outage` plays. Numbers: Microsoft's error-code reference.
 * [K] assumption: which HTTP status and which of the two `error` values belongs to each, and the words.
 */
export const outageRefusals = {
  90055: { ...busy, status: 429, text: 'There are too many incoming requests. Try again later.' },
  90033: { ...busy, status: 503, text: 'The service is temporarily unavailable. Try again later.' },
  90006: { ...busy, status: 503, text: 'The service is temporarily unavailable. Try again later.' },
  90012: { ...busy, status: 504, text: 'The request has timed out.' },
  90024: {
    ...busy,
    status: 503,
    text: 'The request budget was exceeded. A transient error occurred. Try again later.',
  },
  90090: { ...busy, status: 503, text: 'Directory request failed with a transient error. Try again later.' },
  50033: { ...busy, status: 503, text: 'A transient error has occurred. Try again later.' },
  50000: { status: 500, error: 'server_error', text: 'There was an error issuing a token.', evidence: 'K' },
} as const satisfies Record<OutageCode, RefusalRow>

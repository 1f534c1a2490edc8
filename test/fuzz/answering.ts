import type { Patience } from '../../steps/lib/core/retry.ts'
import type { HttpClient, HttpResponse } from '../../steps/lib/http/client.ts'

/** A transport that gives every request the same answer. */
export function answering(answer: Partial<Omit<HttpResponse, 'body'>> & { body?: string }): HttpClient {
  const { status = 200, headers = {}, body = '' } = answer
  const send = async () => ({ status, headers, body: Buffer.from(body) })
  return { send, download: send, close: () => {} }
}

/** Patience for one attempt of each kind: the answers are always the same. */
export function noPatience(): Patience {
  let now = Date.parse('2026-01-01T00:00:00Z')
  return {
    clock: {
      now: () => now,
      sleep: async (ms) => {
        now += ms
      },
    },
    random: () => 0.5,
    signal: new AbortController().signal,
    deadlineAt: Number.MAX_SAFE_INTEGER,
    propagationWaitMs: 0,
    onRetry: () => {},
  }
}

/** What a promise fails with; undefined when it does not. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

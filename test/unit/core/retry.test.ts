import { expect, test } from 'vitest'
import { stepError } from '../../../steps/lib/core/errors.ts'
import { retry, type Patience } from '../../../steps/lib/core/retry.ts'

/** A patience whose clock moves only when it sleeps, and which notes every wait. */
function patience(changes: Partial<Patience> = {}): Patience & { waits: number[] } {
  let now = 0
  const waits: number[] = []
  return {
    clock: {
      now: () => now,
      sleep: async (ms) => {
        waits.push(ms)
        now += ms
      },
    },
    random: () => 0.999_999,
    signal: new AbortController().signal,
    deadlineAt: Number.POSITIVE_INFINITY,
    propagationWaitMs: 0,
    onRetry: () => {},
    waits,
    ...changes,
  }
}

const unavailable = (retryAfterMs?: number) =>
  stepError('ENTRA_UNAVAILABLE', { authority: 'a', status: '503' }, { retryAfterMs })
const mismatch = () =>
  stepError('ENTRA_SUBJECT_MISMATCH', { client: 'c', issuer: 'i', subject: 's', audience: 'a', name: 'n' })
const keys = () => stepError('AWS_KEYS_UNREACHABLE', { issuer: 'i', kid: 'k' })

/** Fails with the errors in turn, then gives how often it was called. */
function failing(...errors: Error[]): () => Promise<number> {
  let calls = 0
  return async () => {
    const error = errors[calls++]
    if (error !== undefined) throw error
    return calls
  }
}

test('retries what is transient with waits that double up to a bound', async () => {
  const { waits, ...rest } = patience()
  await expect(retry(rest, failing(...Array.from({ length: 5 }, () => unavailable())))).resolves.toBe(6)
  expect(waits.map(Math.round)).toEqual([250, 500, 1000, 2000, 4000])
})

test('gives up after six attempts, with the last error', async () => {
  const last = unavailable()
  await expect(retry(patience(), failing(...Array.from({ length: 5 }, () => unavailable()), last))).rejects.toBe(last)
})

test('waits at least as long as Retry-After asks', async () => {
  const calm = patience({ random: () => 0 })
  await retry(calm, failing(unavailable(3000)))
  expect(calm.waits).toEqual([3000])
})

test('spreads those who were sent away together over a quarter of the wait, and never over more than 15 s', async () => {
  const waitAfter = async (asked: number, random: number) => {
    const one = patience({ random: () => random })
    await retry(one, failing(unavailable(asked)))
    return Math.round(one.waits[0] ?? 0)
  }
  expect(await Promise.all([0, 0.5, 0.999_999].map((chance) => waitAfter(40_000, chance)))).toEqual([
    40_000, 45_000, 50_000,
  ])
  expect(await waitAfter(240_000, 0.999_999)).toBe(255_000)
  // A short wait is spread by the usual back-off, as if none had been asked for.
  expect(await waitAfter(0, 0.999_999)).toBe(250)
})

test('does not count as attempts those that were told when to come again, for 20 minutes', async () => {
  const throttled = Array.from({ length: 15 }, () => unavailable(60_000))
  await expect(retry(patience({ random: () => 0 }), failing(...throttled))).resolves.toBe(16)
  const endless = patience({ random: () => 0 })
  const forever = Array.from({ length: 100 }, () => unavailable(60_000))
  await expect(retry(endless, failing(...forever))).rejects.toMatchObject({ code: 'ENTRA_UNAVAILABLE' })
  expect(endless.waits).toHaveLength(25)
})

test('counts the failures that name no time among those that do', async () => {
  const errors = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? unavailable(1000) : unavailable()))
  await expect(retry(patience({ random: () => 0 }), failing(...errors))).rejects.toBe(errors[11])
})

test('does not wait for what will take longer than five minutes', async () => {
  const calm = patience()
  await expect(retry(calm, failing(unavailable(301_000)))).rejects.toMatchObject({ code: 'ENTRA_UNAVAILABLE' })
  expect(calm.waits).toEqual([])
})

test('starts no attempt beyond the deadline, and keeps the error that it was retrying as cause', async () => {
  const last = unavailable(60_000)
  const attempt = retry(patience({ deadlineAt: 30_000 }), failing(last))
  await expect(attempt).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', cause: last })
})

test('an error of propagation is retried within the wait only, and not at all without one', async () => {
  await expect(retry(patience({ random: () => 0 }), failing(mismatch()))).rejects.toMatchObject({
    code: 'ENTRA_SUBJECT_MISMATCH',
  })
  await expect(retry(patience({ propagationWaitMs: 5000 }), failing(mismatch(), mismatch()))).resolves.toBe(3)
  const long = patience({ propagationWaitMs: 5000 })
  await expect(retry(long, failing(...Array.from({ length: 9 }, mismatch)))).rejects.toMatchObject({
    code: 'ENTRA_SUBJECT_MISMATCH',
  })
  expect(long.waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThanOrEqual(5000)
})

test('a missing key is asked for three times at most', async () => {
  const calls = { count: 0 }
  const attempt = async () => {
    calls.count += 1
    throw keys()
  }
  await expect(retry(patience(), attempt)).rejects.toMatchObject({ code: 'AWS_KEYS_UNREACHABLE' })
  expect(calls.count).toBe(3)
})

test('never retries what was refused, nor anything after the end', async () => {
  const refused = stepError('ENTRA_CLIENT_DISABLED', { client: 'c', tenant: 't' })
  const first = patience()
  await expect(retry(first, failing(refused))).rejects.toBe(refused)
  const ended = patience({ signal: AbortSignal.abort() })
  await expect(retry(ended, failing(unavailable()))).rejects.toMatchObject({ code: 'ENTRA_UNAVAILABLE' })
  expect([...first.waits, ...ended.waits]).toEqual([])
})

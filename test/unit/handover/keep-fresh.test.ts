import { expect, test } from 'vitest'
import type { ErrorCode } from '../../../steps/lib/core/error-table.ts'
import { StepError } from '../../../steps/lib/core/errors.ts'
import { keepFresh, type KeptEvent } from '../../../steps/lib/handover/keep-fresh.ts'

const minutes = (count: number) => count * 60_000

type Renewal = { readonly lifeMs: number } | { readonly code: ErrorCode }

/** Time passes when somebody sleeps; it is over at `until`. */
function setUp(until: number, oldestMs = minutes(1000)) {
  const ending = new AbortController()
  const state = { now: 0, renewedAt: [] as number[], isThere: true, events: [] as KeptEvent[], withdrawals: 0 }
  const clock = {
    now: () => state.now,
    sleep: async (ms: number) => {
      state.now += ms
      if (state.now >= until) ending.abort(new Error('sealed'))
      ending.signal.throwIfAborted()
    },
  }
  const keep = async (firstLifeMs: number, renewals: (at: number) => Renewal) => {
    const kept = {
      name: 'config.json',
      renew: async () => {
        state.renewedAt.push(state.now)
        const renewal = renewals(state.now)
        if ('code' in renewal) throw new StepError(renewal.code, {}, {})
        state.isThere = true
        return state.now + renewal.lifeMs
      },
      withdraw: async () => {
        state.isThere = false
        state.withdrawals += 1
      },
    }
    const { signal } = ending
    return await keepFresh(kept, firstLifeMs, {
      clock,
      signal,
      oldestMs,
      tell: (event) => void state.events.push(event),
    })
  }
  return { state, keep, ending }
}

test('three hours of a token for a quarter of an hour: it is renewed at half of its life, and never ends', async () => {
  const { state, keep } = setUp(minutes(180))
  const refusal = await keep(minutes(15), () => ({ lifeMs: minutes(15) }))
  expect(refusal).toBeUndefined()
  expect(state.renewedAt).toEqual(Array.from({ length: 23 }, (_, index) => minutes(7.5 * (index + 1))))
  expect(state.events.map(({ kind }) => kind)).toEqual(state.renewedAt.map(() => 'renewed'))
})

test('what is written is taken away when nothing is to be handed out any more', async () => {
  const { state, keep } = setUp(minutes(1))
  await keep(minutes(15), () => ({ lifeMs: minutes(15) }))
  expect(state).toMatchObject({ isThere: false, withdrawals: 1, renewedAt: [], events: [] })
})

test('each renewal counts by its own life', async () => {
  const { state, keep } = setUp(minutes(100))
  await keep(minutes(20), (at) => ({ lifeMs: at < minutes(15) ? minutes(60) : minutes(1000) }))
  expect(state.renewedAt).toEqual([minutes(10), minutes(40)])
})

test('what lives long is renewed when it is as old as it may become: who lost access has lost it by then', async () => {
  const { state, keep } = setUp(minutes(60), minutes(5))
  const refusal = await keep(minutes(720), (at) =>
    at < minutes(20) ? { lifeMs: minutes(720) } : { code: 'ENTRA_SUBJECT_MISMATCH' },
  )
  expect(refusal).toMatchObject({ code: 'ENTRA_SUBJECT_MISMATCH' })
  expect(state).toMatchObject({ isThere: false, renewedAt: [5, 10, 15, 20].map(minutes) })
})

test.each<ErrorCode>(['ENTRA_SUBJECT_MISMATCH', 'ACR_NOT_GRANTED', 'HANDOVER_FILE_UNUSABLE', 'INTERNAL'])(
  'a refusal (%s) takes the file away, and nobody is asked again',
  async (code) => {
    const { state, keep } = setUp(minutes(180))
    const refusal = await keep(minutes(60), () => ({ code }))
    expect(refusal).toMatchObject({ code })
    expect(state).toMatchObject({ isThere: false, renewedAt: [minutes(30)], now: minutes(30) })
    expect(state.events).toEqual([{ kind: 'refused', error: refusal }])
  },
)

test('an outage that ends in time is nothing that a reader sees', async () => {
  const { state, keep } = setUp(minutes(45))
  await keep(minutes(60), (at) => (at < minutes(33) ? { code: 'NETWORK_UNREACHABLE' } : { lifeMs: minutes(60) }))
  expect(state.renewedAt).toEqual([30, 31, 32, 33].map(minutes))
  expect(state.withdrawals).toBe(1)
  expect(state.events.map(({ kind }) => kind)).toEqual(['delayed', 'delayed', 'delayed', 'renewed'])
})

test('an outage beyond the end of what is there takes it away, once; it comes back with the other side', async () => {
  const { state, keep } = setUp(minutes(20))
  const there: boolean[] = []
  await keep(minutes(4), (at) => {
    there.push(state.isThere)
    return at < minutes(10) ? { code: 'HANDOVER_NOT_RECORDED' } : { lifeMs: minutes(60) }
  })
  expect(state.events.filter(({ kind }) => kind === 'ended')).toHaveLength(1)
  expect(there.indexOf(false)).toBeGreaterThan(2)
  // Once for the outage, once at the end.
  expect(state.withdrawals).toBe(2)
  expect(state.events.at(-1)).toMatchObject({ kind: 'renewed' })
})

test('a life that is over at once does not make it ask without a pause', async () => {
  const { state, keep } = setUp(5000)
  await keep(0, () => ({ lifeMs: -1 }))
  expect(state.renewedAt).toEqual([1000, 2000, 3000, 4000])
})

test('the end in the middle of a renewal is no refusal', async () => {
  const { state, keep, ending } = setUp(minutes(180))
  const refusal = await keep(minutes(60), () => {
    ending.abort(new Error('sealed'))
    return { code: 'ENTRA_SUBJECT_MISMATCH' }
  })
  expect(refusal).toBeUndefined()
  expect(state).toMatchObject({ isThere: false, events: [] })
})

test('a file that cannot be taken away is told of, whatever it ends for', async () => {
  const { signal } = new AbortController()
  const events: KeptEvent[] = []
  const kept = {
    name: 'config.json',
    renew: async () => {
      throw new StepError('ENTRA_SUBJECT_MISMATCH', {}, {})
    },
    withdraw: async () => {
      throw new StepError('HANDOVER_NOT_WRITTEN', {}, {})
    },
  }
  const clock = { now: () => 0, sleep: async () => {} }
  let now = 0
  await keepFresh(kept, minutes(1), {
    clock: { ...clock, now: () => (now += 1000) },
    signal,
    oldestMs: minutes(1),
    tell: (event) => void events.push(event),
  })
  expect(events.map(({ kind }) => kind)).toEqual(['left', 'refused'])
})

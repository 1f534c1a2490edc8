import { expect, test } from 'vitest'
import { expiring } from '../../../steps/lib/federation/expiring.ts'

function setUp(lifeMs: number) {
  const state = { now: 0, obtained: 0 }
  const clock = { now: () => state.now, sleep: async () => {} }
  const held = expiring(clock, async () => {
    state.obtained += 1
    if (state.obtained === 99) throw new Error('refused')
    return { number: state.obtained, expiresAt: lifeMs === 0 ? 0 : state.now + lifeMs }
  })
  return { state, held }
}

test('is obtained once, however many ask at the same time', async () => {
  const { held } = setUp(3_600_000)
  const all = await Promise.all([held.current(), held.current(), held.current()])
  expect(all.map(({ number }) => number)).toEqual([1, 1, 1])
})

test('is obtained anew a minute before it ends, by one of those who ask', async () => {
  const { state, held } = setUp(900_000)
  await held.current()
  state.now = 839_000
  expect((await held.current()).number).toBe(1)
  state.now = 841_000
  const all = await Promise.all([held.current(), held.current()])
  expect(all.map(({ number }) => number)).toEqual([2, 2])
})

test('a failure is not kept', async () => {
  const { state, held } = setUp(900_000)
  state.obtained = 98
  await expect(held.current()).rejects.toThrow('refused')
  expect((await held.current()).number).toBe(100)
})

test('an unknown end is trusted until the other side refuses', async () => {
  const { state, held } = setUp(0)
  await held.current()
  state.now = 1e12
  expect((await held.current()).number).toBe(1)
  expect((await held.renew()).number).toBe(2)
})

test('what is refused is replaced once, however many were refused with it', async () => {
  const { held } = setUp(900_000)
  const refused = await held.current()
  const all = await Promise.all([held.replace(refused), held.replace(refused)])
  expect(all.map(({ number }) => number)).toEqual([2, 2])
  expect((await held.replace(refused)).number).toBe(2)
  expect((await held.current()).number).toBe(2)
})

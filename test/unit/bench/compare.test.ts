import { expect, test } from 'vitest'
import { compare, confirm } from '../../bench/compare.ts'
import { verdictText } from '../../bench/verdict-text.ts'
import { resultOf } from './results.ts'

const rows = [{ name: 'push', aims: [{ kind: 'ratio', against: ['crane'], atMost: 1 } as const] }]
const committed = [resultOf('tekton-entra', 100), resultOf('crane', 100)]

test('passes on a machine that is ten times slower, where the ratio is the same', () => {
  const { passed, failed, skipped } = compare(
    rows,
    [resultOf('tekton-entra', 1000), resultOf('crane', 1000)],
    committed,
  )
  expect(passed).toEqual([{ row: 'push', sink: 'null http', against: 'crane', now: 1, before: 1 }])
  expect([failed, skipped]).toEqual([[], []])
})

test('passes at twice the ratio, and fails beyond it', () => {
  const verdictAt = (ours: number) => compare(rows, [resultOf('tekton-entra', ours), resultOf('crane', 100)], committed)
  expect(verdictAt(200).failed).toEqual([])
  expect(verdictAt(201).failed).toMatchObject([{ now: 2.01, before: 1 }])
})

test('skips what nothing can be compared with: no such peer today, or none that was committed', () => {
  const alone = compare(rows, [resultOf('tekton-entra', 1)], committed)
  const fresh = compare(rows, committed, [])
  expect([alone.skipped, fresh.skipped]).toEqual([['push, null http, beside crane'], ['push, null http, beside crane']])
})

test('compares only ratios', () => {
  const bounds = [
    { name: 'push', aims: [{ kind: 'memory', atMost: 1 } as const, { kind: 'time', atMost: 1 } as const] },
  ]
  expect(compare(bounds, committed, committed)).toEqual({ passed: [], failed: [], skipped: [] })
})

test('takes back a failure that a second run does not confirm, and keeps one that it does', () => {
  const verdictAt = (ours: number) => compare(rows, [resultOf('tekton-entra', ours), resultOf('crane', 100)], committed)
  expect(confirm(verdictAt(900), verdictAt(150))).toMatchObject({ passed: [{ now: 1.5 }], failed: [] })
  expect(confirm(verdictAt(900), verdictAt(300))).toMatchObject({ passed: [], failed: [{ now: 9 }] })
  // A second run in which the peer is missing clears nothing.
  expect(confirm(verdictAt(900), compare(rows, [resultOf('tekton-entra', 1)], committed)).failed).toHaveLength(1)
})

test('ends with the line that .ci/run adds up', () => {
  const slow = [resultOf('tekton-entra', 1000), resultOf('crane', 100)]
  const text = verdictText(compare(rows, slow, committed))
  expect(text).toContain('failed   push, null http: 10.00 × crane, 1.00 × committed: more than twice as bad\n')
  expect(text).toMatch(/\n0 passed, 1 failed, 0 skipped\n$/)
})

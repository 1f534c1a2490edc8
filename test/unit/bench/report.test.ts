import { expect, test } from 'vitest'
import { plotOf } from '../../bench/plot.ts'
import { reportText } from '../../bench/report.ts'
import { withFresh } from '../../bench/result.ts'
import { resultOf } from './results.ts'

const rows = [
  { name: 'push', title: 'A push', aims: [{ kind: 'ratio', against: ['crane'], atMost: 1 } as const] },
  { name: 'other', title: 'Another', aims: [] },
]
const results = [resultOf('tekton-entra', 1500), resultOf('crane', 1200)]

test('a report has the aims, a table of each measured row, who is absent, and what was tried', () => {
  const absences = [{ row: 'push', tool: 'oras', sink: 'null http', reason: 'not here' }]
  const text = reportText({ rows, results, absences, tried: '## What was tried\n\nNothing.\n' })
  expect(text).toContain('| push | null http | ≤ 1 × crane | 1.25 × | not met |')
  expect(text).toContain('| null http | crane 1.0 | 1.20 s | 1.20 s to 1.20 s | 5 | 70 MB | 1.20 s | 0.80 |')
  expect(text).toContain('oras is absent: not here.')
  expect(text).toContain('![A push](plots/push.svg)')
  expect(text).not.toContain('## other')
  expect(text).toMatch(/Nothing\.\n$/)
})

test('a row of a server has two columns more, and no other row has them', () => {
  const served = resultOf('tekton-entra', 1000, { row: 'other', per_second: 4321, p99_ms: 2.5 })
  const text = reportText({ rows, results: [...results, served], absences: [], tried: '' })
  expect(text).toContain('| beside tekton-entra | a second | p99 |')
  expect(text).toMatch(/\| 1\.00 \| 4321 \| 2\.5 ms \|/)
  expect(text.match(/p99/g)).toHaveLength(1)
})

test('a plot has a bar for each program, and writes names so that XML takes them', () => {
  const plot = plotOf('A & B', results)
  expect(plot).toContain('A &amp; B')
  expect(plot.match(/<rect x=/g)).toHaveLength(2)
})

test('fresh rows take the place of older ones, the others stay, in the order of the rows', () => {
  const older = [resultOf('crane', 1, { row: 'other' }), resultOf('oras', 1)]
  const order = { rows: ['push', 'other'], measured: new Set(['push']) }
  expect(withFresh(older, results, order).map(({ row, tool }) => `${row} ${tool}`)).toEqual([
    'push tekton-entra',
    'push crane',
    'other crane',
  ])
})

test('who was absent stays named while other rows are measured, and no longer once its row was measured with it', () => {
  const absence = { row: 'other', tool: 'oras', sink: 'null http', reason: 'not here' }
  const measuring = (row: string) => ({ rows: ['push', 'other'], measured: new Set([row]) })
  expect(withFresh([absence], [], measuring('push'))).toEqual([absence])
  expect(withFresh([absence], [], measuring('other'))).toEqual([])
})

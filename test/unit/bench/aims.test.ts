import { expect, test } from 'vitest'
import { judge, type Aim } from '../../bench/aims.ts'
import { resultOf } from './results.ts'

const results = [
  resultOf('tekton-entra', 300),
  resultOf('crane', 200),
  resultOf('regctl', 400),
  resultOf('node', 30, { sink: '' }),
  resultOf('tekton-entra, one destination', 100),
  resultOf('tekton-entra', 500, { sink: 'null https' }),
  resultOf('regctl', 9, { row: 'another' }),
]

test.each<[string, Aim, { against?: string; reached?: number; isMet?: boolean }]>([
  ['a ratio', { kind: 'ratio', against: ['regctl'], atMost: 1 }, { against: 'regctl', reached: 0.75, isMet: true }],
  [
    'the first that is there',
    { kind: 'ratio', against: ['oras', 'crane'], atMost: 1 },
    { against: 'crane', isMet: false },
  ],
  ['what has no sink', { kind: 'ratio', against: ['node'], atMost: 4 }, { against: 'node', reached: 10, isMet: false }],
  ['nobody there', { kind: 'ratio', against: ['oras'], atMost: 1 }, {}],
  ['the fastest peer, not node and not ourselves', { kind: 'fastest', atMost: 2 }, { against: 'crane', reached: 1.5 }],
  ['a time', { kind: 'time', atMost: 300 }, { reached: 300, isMet: true }],
  ['memory', { kind: 'memory', atMost: 69 }, { reached: 70, isMet: false }],
])('judges %s', (_, aim, expected) => {
  const [judged, ...others] = judge('push', [aim], results)
  expect(judged).toMatchObject({ row: 'push', sink: 'null http', ...expected })
  expect(others.map(({ sink }) => sink)).toEqual(['null https'])
})

test('says nothing of a row that was not measured', () => {
  expect(judge('absent', [{ kind: 'time', atMost: 1 }], results)).toEqual([])
})

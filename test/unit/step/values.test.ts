import { expect, test } from 'vitest'
import { showBytes } from '../../../steps/lib/step/bytes.ts'
import { parseDuration, showDuration } from '../../../steps/lib/step/duration.ts'

test.each([
  ['0', 0],
  ['0s', 0],
  ['20s', 20_000],
  ['15m', 900_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['250ms', 250],
  ['1m30s', 90_000],
])('reads %s as %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms))

test.each(['', '20', '-5s', '5 s', '1d', 's', '1h30', 'Infinity', '5S'])('refuses "%s" as a duration', (text) => {
  expect(parseDuration(text)).toBeUndefined()
})

test('shows durations and bytes for people', () => {
  expect([0, 850, 12_345, 245_000].map(showDuration)).toEqual(['0 ms', '850 ms', '12.3 s', '4 m 05 s'])
  expect([0, 999, 1000, 12_345_678, 999_999, 5e9].map(showBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '12.3 MB',
    '1.0 MB',
    '5.0 GB',
  ])
})

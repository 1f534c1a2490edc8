import { expect, test } from 'vitest'
import { median, summarize } from '../../bench/statistics.ts'

test.each([
  [[3], 3],
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[10, 9, 100], 10],
])('the median of %j is %d', (numbers, middle) => {
  expect(median(numbers)).toBe(middle)
})

test('refuses to give the median of nothing', () => {
  expect(() => median([])).toThrow(RangeError)
})

test('sums up runs: medians of time, the highest of memory', () => {
  const samples = [
    { wallMs: 30, cpuMs: 11, peakMb: 50 },
    { wallMs: 10.06, cpuMs: 10, peakMb: 80 },
    { wallMs: 20, cpuMs: 90, peakMb: 60 },
  ]
  expect(summarize(samples)).toEqual({
    median_ms: 20,
    min_ms: 10.1,
    max_ms: 30,
    runs: 3,
    peak_rss_mb: 80,
    cpu_ms: 11,
  })
})

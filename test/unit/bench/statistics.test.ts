import { expect, test } from 'vitest'
import { median, percentile, summarize } from '../../bench/statistics.ts'

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

test('of a server it gives how many it answers in a second, and how long the slowest of 99 in 100 waited', () => {
  const sample = (wallMs: number, p99Ms: number) => ({ wallMs, cpuMs: 1, peakMb: 1, answered: { count: 1000, p99Ms } })
  expect(summarize([sample(500, 2), sample(1000, 8), sample(2000, 3)])).toMatchObject({ per_second: 1000, p99_ms: 3 })
})

test.each([
  [99, 99],
  [50, 50],
  [100, 100],
  [0, 1],
])('the percentile %d of 1 to 100 is %d', (percent, value) => {
  const numbers = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect(percentile(numbers, percent)).toBe(value)
})

import type { Result } from '../../bench/result.ts'

/** A result of a row, its median and what else is said. */
export function resultOf(tool: string, median_ms: number, more: Partial<Result> = {}): Result {
  const figures = { median_ms, min_ms: median_ms, max_ms: median_ms, runs: 5, peak_rss_mb: 70, cpu_ms: median_ms }
  return { row: 'push', tool, version: '1.0', sink: 'null http', machine: 'a machine', ...figures, ...more }
}

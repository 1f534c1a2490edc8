/** What one run of a program took. */
export type Sample = { readonly wallMs: number; readonly cpuMs: number; readonly peakMb: number }

/** What several runs took: medians of time, the highest of memory. */
export type Figures = {
  readonly median_ms: number
  readonly min_ms: number
  readonly max_ms: number
  readonly runs: number
  readonly peak_rss_mb: number
  readonly cpu_ms: number
}

/** The middle one, or the mean of the two in the middle. Throws where there is none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  if (upper === undefined || lower === undefined) throw new RangeError('no number has no median')
  return (lower + upper) / 2
}

/** Sums up the runs of one program. */
export function summarize(samples: readonly Sample[]): Figures {
  const walls = samples.map(({ wallMs }) => wallMs)
  return {
    median_ms: rounded(median(walls)),
    min_ms: rounded(Math.min(...walls)),
    max_ms: rounded(Math.max(...walls)),
    runs: samples.length,
    peak_rss_mb: rounded(Math.max(...samples.map(({ peakMb }) => peakMb))),
    cpu_ms: rounded(median(samples.map(({ cpuMs }) => cpuMs))),
  }
}

/** Tenths: finer than any of it repeats. */
function rounded(value: number): number {
  return Math.round(value * 10) / 10
}

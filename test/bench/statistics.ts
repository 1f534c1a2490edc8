/** What one run of a program took. */
export type Sample = {
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakMb: number
  /** Of a server: how many requests it has answered in that time, and how long the slowest of 99 in 100 waited. */
  readonly answered?: { readonly count: number; readonly p99Ms: number }
}

/** What several runs took: medians of time, the highest of memory. */
export type Figures = {
  readonly median_ms: number
  readonly min_ms: number
  readonly max_ms: number
  readonly runs: number
  readonly peak_rss_mb: number
  readonly cpu_ms: number
  /** Of a server: medians of both. */
  readonly per_second?: number
  readonly p99_ms?: number
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
    ...ofServer(samples),
  }
}

function ofServer(samples: readonly Sample[]): Pick<Figures, 'per_second' | 'p99_ms'> {
  const served = samples.flatMap(({ wallMs, answered }) => (answered === undefined ? [] : [{ ...answered, wallMs }]))
  if (served.length === 0) return {}
  return {
    per_second: Math.round(median(served.map(({ count, wallMs }) => count / (wallMs / 1000)))),
    p99_ms: rounded(median(served.map(({ p99Ms }) => p99Ms))),
  }
}

/** What all but so many in a hundred are not above, by the nearest rank. Throws where there is none. */
export function percentile(numbers: readonly number[], percent: number): number {
  const value = numbers.toSorted((a, b) => a - b)[Math.max(0, Math.ceil((numbers.length * percent) / 100) - 1)]
  if (value === undefined) throw new RangeError('no number has no percentile')
  return value
}

/** Tenths: finer than any of it repeats. */
function rounded(value: number): number {
  return Math.round(value * 10) / 10
}

import { ours, type Result } from './result.ts'

/** What a row is to reach. */
export type Aim =
  /** At most so many times what another program takes: the first of these that is there. */
  | { readonly kind: 'ratio'; readonly against: readonly string[]; readonly atMost: number }
  /** At most so many times what the fastest of the others takes. */
  | { readonly kind: 'fastest'; readonly atMost: number }
  /** At most so many milliseconds. */
  | { readonly kind: 'time'; readonly atMost: number }
  /** At most so many megabytes. */
  | { readonly kind: 'memory'; readonly atMost: number }

/** What became of an aim against one sink. */
export type Judged = {
  readonly row: string
  readonly sink: string
  readonly aim: Aim
  /** The program compared with; undefined for a bound that is no ratio, or where there is none. */
  readonly against: string | undefined
  readonly reached: number | undefined
  readonly isMet: boolean | undefined
}

/** Judges a row's aims against each of its sinks. */
export function judge(row: string, aims: readonly Aim[], results: readonly Result[]): readonly Judged[] {
  const mine = results.filter((result) => result.row === row)
  const sinks = [...new Set(mine.filter(({ tool }) => tool === ours).map(({ sink }) => sink))]
  return sinks.flatMap((sink) => {
    const there = mine.filter((result) => result.sink === sink || result.sink === '')
    return aims.map((aim) => judgeOne(aim, { row, sink, there }))
  })
}

function judgeOne(aim: Aim, { row, sink, there }: { row: string; sink: string; there: readonly Result[] }): Judged {
  const own = there.find(({ tool }) => tool === ours)
  const other = peerOf(aim, there)
  const reached = own === undefined ? undefined : reachedOf(aim, own, other)
  const isMet = reached === undefined ? undefined : reached <= aim.atMost
  return { row, sink, aim, against: other?.tool, reached, isMet }
}

function peerOf(aim: Aim, there: readonly Result[]): Result | undefined {
  if (aim.kind === 'ratio')
    return aim.against.flatMap((name) => there.filter(({ tool }) => tool === name)).find(() => true)
  const others = there.filter(({ tool }) => !tool.startsWith(ours) && tool !== 'node')
  return aim.kind === 'fastest' ? others.toSorted((a, b) => a.median_ms - b.median_ms)[0] : undefined
}

function reachedOf(aim: Aim, own: Result, other: Result | undefined): number | undefined {
  if (aim.kind === 'time') return own.median_ms
  if (aim.kind === 'memory') return own.peak_rss_mb
  return other === undefined ? undefined : own.median_ms / other.median_ms
}

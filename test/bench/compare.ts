import { judge, type Aim, type Judged } from './aims.ts'
import type { Result } from './result.ts'

/** A ratio of today beside the committed one. */
export type Comparison = {
  readonly row: string
  readonly sink: string
  readonly against: string
  readonly now: number
  readonly before: number
}

/** How much worse a ratio may become before it is a failure: machines differ, and so do minutes on one of them. */
const tolerance = 2

/** What a short run comes to. */
export type Verdict = {
  readonly passed: readonly Comparison[]
  readonly failed: readonly Comparison[]
  /** Ratios that have no committed one, or whose other program is not here. */
  readonly skipped: readonly string[]
}

type RowAims = { readonly name: string; readonly aims: readonly Aim[] }

/** Compares the ratios of a run with those that were committed; only ratios, because only they mean anything on another machine. */
export function compare(rows: readonly RowAims[], now: readonly Result[], committed: readonly Result[]): Verdict {
  const judged = rows.flatMap(({ name, aims }) => judge(name, aims.filter(isRatio), now))
  const compared = judged.map((one) => ({ one, comparison: beside(one, committed) }))
  const comparisons = compared.flatMap(({ comparison }) => comparison ?? [])
  const isWorse = (one: Comparison): boolean => one.now > one.before * tolerance
  return {
    passed: comparisons.filter((one) => !isWorse(one)),
    failed: comparisons.filter(isWorse),
    skipped: compared.flatMap(({ one, comparison }) => (comparison === undefined ? [nameOf(one)] : [])),
  }
}

/** What a first verdict and a second one of its failed rows come to: only what failed in both has failed. */
export function confirm(first: Verdict, second: Verdict): Verdict {
  const isSame = (one: Comparison) => (other: Comparison) =>
    one.row === other.row && one.sink === other.sink && one.against === other.against
  const cleared = second.passed.filter((one) => first.failed.some(isSame(one)))
  return {
    ...first,
    passed: [...first.passed, ...cleared],
    failed: first.failed.filter((one) => !cleared.some(isSame(one))),
  }
}

function isRatio({ kind }: Aim): boolean {
  return kind === 'ratio' || kind === 'fastest'
}

/** The committed ratio to the same program. */
function beside({ row, sink, against, reached }: Judged, committed: readonly Result[]): Comparison | undefined {
  if (against === undefined || reached === undefined) return undefined
  const sameAim: Aim = { kind: 'ratio', against: [against], atMost: 0 }
  const before = judge(row, [sameAim], committed).find((one) => one.sink === sink)?.reached
  return before === undefined ? undefined : { row, sink, against, now: reached, before }
}

function nameOf({ row, sink, aim, against }: Judged): string {
  const other = against ?? (aim.kind === 'ratio' ? aim.against.join(' or ') : 'a peer')
  return [row, sink, `beside ${other}`].filter((part) => part !== '').join(', ')
}

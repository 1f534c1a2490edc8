import type { DescribeImageScanFindingsCommandOutput } from '@aws-sdk/client-ecr'
import { stepError } from '../core/errors.ts'

/** Severities that can be a threshold, worst first. */
export const severities = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL'] as const
export type Severity = (typeof severities)[number]

/** One finding, by the name that people look it up under: `CVE-2026-1234`. */
export type Finding = { readonly name: string; readonly severity: string }

/** What a scan has found. */
export type ScanFindings = {
  /** Findings by severity, as AWS spells it; without those of which there are none. */
  readonly counts: Readonly<Record<string, number>>
  /** The worst ones, worst first; at most {@link longestList}. */
  readonly worst: readonly Finding[]
}

/** How many findings are named. */
export const longestList = 10

/** One page of DescribeImageScanFindings, of basic or enhanced scanning. */
type Page = NonNullable<DescribeImageScanFindingsCommandOutput['imageScanFindings']>

/** The findings of a page; one without a severity has `UNDEFINED`. */
export function findingsOf({ findings = [], enhancedFindings = [] }: Page): readonly Finding[] {
  return [
    ...findings.map(({ name = 'unnamed', severity = 'UNDEFINED' }) => ({ name, severity })),
    ...enhancedFindings.map(({ packageVulnerabilityDetails, title = 'unnamed', severity = 'UNDEFINED' }) => {
      return { name: packageVulnerabilityDetails?.vulnerabilityId ?? title, severity }
    }),
  ]
}

/**
 * All pages as one: each severity is counted as AWS counted it and as the pages hold it, and the larger number stands. So
 * nothing is lost, neither when AWS leaves findings out of its count nor when it leaves them out of the pages.
 */
export function summarize(pages: readonly Page[]): ScanFindings {
  const all = pages.flatMap(findingsOf)
  const counted = Map.groupBy(all, ({ severity }) => severity)
  const counts = new Map([...counted].map(([severity, group]) => [severity, group.length]))
  for (const page of pages) {
    for (const [severity, count] of Object.entries(page.findingSeverityCounts ?? {})) {
      if (count > (counts.get(severity) ?? 0)) counts.set(severity, count)
    }
  }
  const worst = all.toSorted(byBadness).slice(0, longestList)
  return { counts: Object.fromEntries(counts), worst }
}

/**
 * Whether a severity counts under this threshold. One that AWS has not settled (UNDEFINED, UNTRIAGED) or that we do not know
 * counts under every threshold, CRITICAL too: what nobody has judged is not taken for harmless.
 */
export function isAtOrAbove(severity: string, threshold: Severity): boolean {
  return rankOf(severity) <= severities.indexOf(threshold)
}

/** Refuses an image with findings at or above the threshold. Throws ECR_SCAN_FINDINGS. */
export function refuseFindings(
  found: ScanFindings,
  threshold: Severity,
  image: { readonly repository: string; readonly digest: string },
): void {
  const counting = Object.entries(found.counts).filter(([severity]) => isAtOrAbove(severity, threshold))
  const count = counting.reduce((sum, [, some]) => sum + some, 0)
  if (count === 0) return
  const worst = found.worst.filter(({ severity }) => isAtOrAbove(severity, threshold))
  throw stepError('ECR_SCAN_FINDINGS', {
    ...image,
    threshold,
    count: count === 1 ? '1 finding' : `${count} findings`,
    counts: describeCounts(found.counts),
    worst: worst.map(({ name, severity }) => `${name} (${severity})`).join(', ') || 'not named',
  })
}

/** `2 CRITICAL, 1 LOW`, worst first; `no findings` when there are none. */
export function describeCounts(counts: ScanFindings['counts']): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0)
  const sorted = some.toSorted(([one], [other]) => orderOf(one) - orderOf(other))
  return sorted.map(([severity, count]) => `${count} ${severity}`).join(', ') || 'no findings'
}

/** 0 is worst. What is not known stands with the worst, since it is treated so. */
function rankOf(severity: string): number {
  const order = orderOf(severity)
  return order === severities.length ? 0 : order
}

/** Known ones before those that only count as bad. */
function byBadness(one: Finding, other: Finding): number {
  return rankOf(one.severity) - rankOf(other.severity) || orderOf(one.severity) - orderOf(other.severity)
}

/** As people read them: what is not known comes last. */
function orderOf(severity: string): number {
  const index = severities.findIndex((known) => known === severity)
  return index === -1 ? severities.length : index
}

import { describe, expect, test } from 'vitest'
import {
  describeCounts,
  isAtOrAbove,
  longestList,
  refuseFindings,
  severities,
  summarize,
} from '../../../steps/lib/aws/ecr-findings.ts'
import { describeError, StepError } from '../../../steps/lib/core/errors.ts'

const image = { repository: 'shop/web', digest: 'sha256:abc' }

test('a severity counts under its own threshold and all below, and under none above', () => {
  for (const [index, severity] of severities.entries()) {
    const under = severities.filter((threshold) => isAtOrAbove(severity, threshold))
    expect(under).toEqual(severities.slice(index))
  }
})

test.each(['UNDEFINED', 'UNTRIAGED', '', 'critical', 'SOMETHING_NEW', 'constructor'])(
  'a severity that nobody has judged (%s) counts under every threshold',
  (severity) => {
    for (const threshold of severities) expect(isAtOrAbove(severity, threshold)).toBe(true)
  },
)

describe('the summary', () => {
  const finding = (name: string, severity: 'HIGH' | 'LOW' | 'CRITICAL') => ({ name, severity })

  test('adds up all pages, and believes the larger of two counts', () => {
    const pages = [
      { findings: [finding('a', 'LOW'), finding('b', 'HIGH')], findingSeverityCounts: { LOW: 1, CRITICAL: 2 } },
      { findings: [finding('c', 'LOW')], findingSeverityCounts: { LOW: 1, CRITICAL: 2 } },
    ]
    expect(summarize(pages).counts).toEqual({ LOW: 2, HIGH: 1, CRITICAL: 2 })
  })

  test('names the worst, worst first, and never more than a few', () => {
    const many = Array.from({ length: 500 }, (_, index) => finding(`low-${index}`, 'LOW'))
    const enhancedFindings = [
      { title: 'untriaged', severity: 'UNTRIAGED' },
      { title: 'title', severity: 'CRITICAL', packageVulnerabilityDetails: { vulnerabilityId: 'CVE-1' } },
      {},
    ]
    const { worst, counts } = summarize([{ findings: many }, { enhancedFindings, findings: [finding('d', 'HIGH')] }])
    expect(worst).toHaveLength(longestList)
    expect(worst.slice(0, 5).map(({ name }) => name)).toEqual(['CVE-1', 'untriaged', 'unnamed', 'd', 'low-0'])
    expect(counts).toEqual({ LOW: 500, UNTRIAGED: 1, CRITICAL: 1, UNDEFINED: 1, HIGH: 1 })
  })

  test('of nothing is nothing', () => {
    expect(summarize([{}])).toEqual({ counts: {}, worst: [] })
    expect(describeCounts({ LOW: 0 })).toBe('no findings')
  })
})

test('refuses what counts under the threshold, and names neither more nor less', () => {
  const found = {
    counts: { LOW: 7, HIGH: 1, UNDEFINED: 1 },
    worst: [
      { name: 'CVE-0', severity: 'UNDEFINED' },
      { name: 'CVE-1', severity: 'HIGH' },
      { name: 'CVE-2', severity: 'LOW' },
    ],
  }
  const refuse = () => refuseFindings(found, 'HIGH', image)
  expect(refuse).toThrow(StepError)
  const error = ((): StepError => {
    try {
      refuse()
    } catch (thrown) {
      if (thrown instanceof StepError) return thrown
    }
    throw new Error('not refused')
  })()
  const { what, sent, remedy } = describeError(error)
  expect(error.code).toBe('ECR_SCAN_FINDINGS')
  expect(what).toContain('2 findings at or above HIGH. All that it found: 1 HIGH, 7 LOW, 1 UNDEFINED.')
  expect(sent).toEqual([['worst', 'CVE-0 (UNDEFINED), CVE-1 (HIGH)']])
  expect(remedy).toContain('--repository-name shop/web')
})

test('lets pass what is below the threshold', () => {
  const found = { counts: { MEDIUM: 9, LOW: 1 }, worst: [{ name: 'CVE-1', severity: 'MEDIUM' }] }
  expect(() => refuseFindings(found, 'HIGH', image)).not.toThrow()
  expect(() => refuseFindings({ counts: {}, worst: [] }, 'INFORMATIONAL', image)).not.toThrow()
})

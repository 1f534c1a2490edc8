import * as fc from 'fast-check'
import { expect } from 'vitest'
import { buildReport } from '../../steps/report-audit/model/build-report.ts'
import { readPipelineRun, readTaskRun } from '../../steps/report-audit/model/read-tekton.ts'
import { auditPage } from '../../steps/report-audit/page/page.ts'
import { attempt, evidence, recordLine, taskRun } from '../report-audit/evidence.ts'
import { almost, anyJson, anyText, fuzz } from './fuzz.ts'

const good = recordLine()
const made = { at: Date.UTC(2026, 0, 3), by: 'a test' }
const taskRuns = [taskRun([attempt([good])])]

fuzz(
  'a record that differs by anything from what its step hashed is never taken for it',
  { from: almost(fc.constant(good.line), '{}[]":,\\').filter((line) => line !== good.line) },
  (line) => {
    const { verdict, entries } = buildReport(evidence({ taskRuns, lines: [{ ...good, line }] }), made)
    expect(verdict).toBe('findings')
    expect(entries.filter(({ check }) => check === 'verified')).toEqual([])
  },
)

fuzz(
  'objects of any shape make a report, and no report on them is without a word',
  { from: fc.record({ run: anyJson(), status: anyJson(), line: anyText('{}[]":,\\') }), runs: 300 },
  ({ run, status, line }) => {
    const report = buildReport(
      evidence({
        run: readPipelineRun(run),
        taskRuns: [readTaskRun({ metadata: { name: 'push' }, status }), readTaskRun(run)],
        lines: [{ ...good, line }],
      }),
      made,
    )
    expect(report.verdict).toBe('findings')
    expect(auditPage(report, { sha256: '' })).toContain('</html>')
  },
)

fuzz('text of any kind stays text on the page', { from: anyText('<>&"\'/=`'), runs: 300 }, (text) => {
  const lines = [recordLine({ data: { action: { name: 'push-image', target: text, notes: [text] } } })]
  const page = auditPage(buildReport(evidence({ taskRuns: [taskRun([attempt(lines)])], lines }), made), {
    sha256: text,
  })
  const plain = auditPage(buildReport(evidence(), made), { sha256: '' })
  const tags = (html: string): ReadonlySet<string> =>
    new Set([...html.matchAll(/<\/?([a-z][a-z0-9]*)/g)].map(([, name = '']) => name))
  expect([...tags(page)].filter((tag) => !tags(plain).has(tag) && !['ul', 'li'].includes(tag))).toEqual([])
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/)
})

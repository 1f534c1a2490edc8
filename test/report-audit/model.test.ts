import { describe, expect, test } from 'vitest'
import { buildReport } from '../../steps/report-audit/model/build-report.ts'
import type { Evidence, PipelineRunEvidence } from '../../steps/report-audit/model/evidence.ts'
import { readTaskRun } from '../../steps/report-audit/model/read-tekton.ts'
import type { Report } from '../../steps/report-audit/model/report.ts'
import { attempt, evidence, pipelineRun, recordLine, step, taskRun, type RecordChange } from './evidence.ts'

const otherId = '22222222-2222-4222-8222-222222222222'

function reportOf(change: Partial<Evidence> = {}): Report {
  return buildReport(evidence(change), { at: Date.UTC(2026, 0, 3), by: 'a test' })
}

function codes({ findings }: Report): string[] {
  return findings.map(({ code }) => code)
}

test('a run whose one step left its one record is complete', () => {
  const report = reportOf()
  expect(report).toMatchObject({ verdict: 'complete', findings: [], counts: { steps: 1, records: 1, verified: 1 } })
})

describe('what Tekton ran and what was recorded', () => {
  test('a retry owes a record of its own, in its own pod', () => {
    const first = recordLine({ pod: 'push-pod', data: { outcome: 'failed', error: { code: 'ECR_UNAVAILABLE' } } })
    const second = recordLine({ id: otherId, pod: 'push-pod-retry1' })
    const failed = attempt([], { status: 'failed', steps: [step({ exitCode: 75, reason: 'Error' })] })
    const attempts = [failed, attempt([second], { pod: 'push-pod-retry1' })]
    expect(codes(reportOf({ taskRuns: [taskRun(attempts)], lines: [first, second] }))).toEqual([
      'record-unattested-failed',
    ])
    expect(codes(reportOf({ taskRuns: [taskRun(attempts)], lines: [second] }))).toEqual(['record-missing'])
  })

  test('a pod that was made twice under one name is doubled, and its records are not', () => {
    const lost = recordLine({ id: otherId, podUid: 'uid-lost' })
    const kept = recordLine()
    const report = reportOf({ taskRuns: [taskRun([attempt([kept])])], lines: [lost, kept] })
    expect(codes(report)).toEqual(['pod-doubled', 'record-unattested'])
    expect(report.findings.find(({ code }) => code === 'pod-doubled')?.text).toContain('uid-lost')
  })

  test('two steps of the same program owe two records; three are one too many', () => {
    const steps = [step({ name: 'first', container: 'step-first' }), step({ name: 'second', container: 'step-second' })]
    const lines = [
      recordLine({ place: 'push-pod/step-first' }),
      recordLine({ id: otherId, place: 'push-pod/step-second' }),
    ]
    const taskRuns = [taskRun([attempt(lines, { steps })])]
    const report = reportOf({ taskRuns, lines })
    expect(report.verdict).toBe('complete')
    expect(report.entries.map((entry) => entry.step)).toEqual(['first', 'second'])
    const third = recordLine({ id: '33333333-3333-4333-8333-333333333333' })
    expect(codes(reportOf({ taskRuns, lines: [...lines, third] }))).toContain('record-doubled')
  })

  test('a step that Tekton passed over, and steps of others, owe nothing', () => {
    const steps = [step(), step({ name: 'skipped', hasRun: false }), step({ name: 'make', program: undefined })]
    const line = recordLine()
    const report = reportOf({ taskRuns: [taskRun([attempt([line], { steps })])], lines: [line] })
    expect(report).toMatchObject({ verdict: 'complete', counts: { steps: 1, otherSteps: 1 } })
  })

  test('a session that a client was handed inside a step is shown, and no step owes it', () => {
    const line = recordLine()
    const handed = recordLine({ id: otherId, source: 'bucket', data: { step: 'hand-out-aws-session' } })
    const report = reportOf({ taskRuns: [taskRun([attempt([line])])], lines: [line, handed] })
    expect(codes(report)).toEqual([])
    expect(report.entries).toHaveLength(2)
  })

  test.each<[what: string, change: RecordChange]>([
    ['another TaskRun', { taskRun: 'forged' }],
    ['another pod', { pod: 'forged-pod' }],
    ['another step', { data: { step: 'copy-image' } }],
    ['another namespace', { data: { pod: { name: 'push-pod', namespace: 'prod', uid: 'uid-push-pod' } } }],
    ['another PipelineRun', { data: { run: { taskRun: 'push', pipelineRun: 'release-1' } } }],
  ])('a record of %s belongs to nothing here', (_, change) => {
    const forged = recordLine({ id: otherId, ...change })
    expect(codes(reportOf({ lines: [recordLine(), forged] }))).toContain('record-unknown')
  })

  test('the TaskRun of the report itself owes nothing, and its record is not looked for', () => {
    const own = taskRun(
      [attempt([], { status: 'running', steps: [step({ program: 'report-audit', exitCode: undefined })] })],
      {
        name: 'report',
      },
    )
    const report = reportOf({ taskRuns: [...evidence().taskRuns, own], ownTaskRun: 'report' })
    expect(codes(report)).toEqual([])
  })
})

describe('one record from several sources', () => {
  test('the same bytes are one record, wherever they were', () => {
    const line = recordLine()
    const report = reportOf({ lines: [line, { ...line, source: 'bucket', place: 'key' }] })
    expect(report.entries).toMatchObject([{ foundIn: ['pod log', 'bucket'], check: 'verified' }])
    expect(report.verdict).toBe('complete')
  })

  test('a sink that has the record after all, of a step that could not know, is no alteration', () => {
    const sealed = recordLine({
      data: { outcome: 'failed', undelivered: [{ sink: 'https://s.example', code: 'SINK_UNAVAILABLE' }] },
    })
    const kept = recordLine({ source: 'bucket', place: 'key' })
    const failed = attempt([sealed], { status: 'failed', steps: [step({ exitCode: 75 })] })
    const report = reportOf({ taskRuns: [taskRun([failed])], lines: [kept, sealed] })
    expect(codes(report)).toEqual(['undelivered'])
    expect(report.entries).toMatchObject([{ outcome: 'failed', foundIn: ['pod log'] }])
  })

  test('a member that is there twice makes a record unreadable: two readers would read two records', () => {
    const line = recordLine()
    const twice = { ...line, line: line.line.replace('"outcome":"ok"', '"outcome":"refused","outcome":"ok"') }
    expect(codes(reportOf({ lines: [twice] }))).toEqual(['record-unreadable', 'record-missing'])
  })
})

describe('who started it', () => {
  const starters = (change: Partial<PipelineRunEvidence>, lines = evidence().lines) =>
    reportOf({ run: pipelineRun(change), lines }).startedBy.map(
      ({ kind, who, strength }) => `${kind} ${who} ${strength}`,
    )

  test.each<[what: string, change: Partial<PipelineRunEvidence>, told: string]>([
    ['a trigger', { labels: { 'triggers.tekton.dev/eventlistener': 'gh' } }, 'service Tekton Triggers claimed'],
    ['Pipelines as Code', { annotations: { 'pipelinesascode.tekton.dev/sender': 'ada' } }, 'person ada claimed'],
    [
      'an agent',
      { annotations: { 'tekton-entra.github.io/started-by': 'agent:release-bot' } },
      'agent release-bot claimed',
    ],
    ['an owner', { owners: ['CronJob nightly'] }, 'service CronJob nightly claimed'],
    ['kubectl', { managers: ['kubectl-create', 'controller'] }, 'unknown kubectl-create claimed'],
    ['nothing', {}, 'unknown nobody says claimed'],
    [
      'a kind that there is not',
      { annotations: { 'tekton-entra.github.io/started-by': 'ghost:x' } },
      'unknown nobody says claimed',
    ],
  ])('%s', (_, change, told) => {
    expect(starters(change)).toEqual([told])
  })

  test('a person whose token verify-access verified comes first, and is the only one that is more than claimed', () => {
    const access = { objectId: 'oid-of-ada', clientId: 'client', kind: 'person', roles: ['Release'] }
    const gate = recordLine({ data: { step: 'verify-access', action: { name: 'verify-access', access } } })
    const told = starters({ managers: ['kubectl-create'] }, [gate])
    expect(told).toEqual(['person object id oid-of-ada verified', 'unknown kubectl-create claimed'])
  })
})

describe('controls', () => {
  const stateOf = (report: Report, id: string) => report.controls.find((control) => control.id === id)?.state

  test('a complete run shows logging and integrity, and says nothing where nothing was done', () => {
    const report = reportOf()
    expect([stateOf(report, 'A.8.15'), stateOf(report, 'A.5.33'), stateOf(report, 'A.5.15')]).toEqual([
      'shown',
      'shown',
      'nothing',
    ])
  })

  test('a missing record is a gap in logging, an altered one a gap in the protection of records', () => {
    expect(stateOf(reportOf({ lines: [] }), 'CC7.2')).toBe('gap')
    const line = recordLine()
    const altered = reportOf({ lines: [{ ...line, line: `${line.line} ` }] })
    expect(codes(altered)).toEqual(['record-altered'])
    expect(stateOf(altered, 'A.5.33')).toBe('gap')
  })

  test('a refused attempt shows that access is decided', () => {
    const refused = recordLine({ data: { outcome: 'refused', error: { code: 'ENTRA_SUBJECT_MISMATCH' } } })
    const failed = attempt([refused], { status: 'failed', steps: [step({ exitCode: 77 })] })
    const report = reportOf({ taskRuns: [taskRun([failed])], lines: [refused] })
    expect(stateOf(report, 'CC6.3')).toBe('shown')
    expect(report.counts.refused).toBe(1)
  })

  test('a push by nobody knows whom is a gap in change management', () => {
    const destinations = [{ repository: 'contoso.azurecr.io/shop/web', stored: true, tags: ['1'] }]
    const action = { name: 'push-image', digest: `sha256:${'0'.repeat(64)}`, destinations }
    const lines = [recordLine({ data: { action } })]
    const taskRuns = [taskRun([attempt(lines)])]
    expect(stateOf(reportOf({ lines, taskRuns }), 'CC8.1')).toBe('gap')
    const run = pipelineRun({ annotations: { 'pipelinesascode.tekton.dev/sender': 'ada' } })
    expect(stateOf(reportOf({ lines, taskRuns, run }), 'A.8.32')).toBe('shown')
    const rehearsed = [recordLine({ data: { action: { ...action, dryRun: true } } })]
    expect(reportOf({ lines: rehearsed, taskRuns: [taskRun([attempt(rehearsed)])] }).images).toEqual([])
  })
})

test('who approved is told with the action, and who had started the run', () => {
  const approval = { decision: 'approve', objectId: 'oid-of-ada', roles: [], groups: [], author: 'oid-of-bob' }
  const line = recordLine({ data: { action: { name: 'await-approval', approval } } })
  const { entries } = reportOf({ lines: [line], taskRuns: [taskRun([attempt([line])])] })
  expect(entries.map((entry) => entry.approval)).toEqual([
    'approve by the person oid-of-ada; the run was started by oid-of-bob',
  ])
})

test('a sidecar of ours owes a record, too, of which no result can tell; others owe none', () => {
  const taskSpec = {
    steps: [{ name: 'push', command: ['/nodejs/bin/node', '/app/main.js', 'push-image'] }],
    sidecars: [
      { name: 'broker', command: ['/nodejs/bin/node', '/app/main.js', 'run-with-identity'] },
      { name: 'proxy' },
    ],
  }
  const ended = { terminated: { exitCode: 0, reason: 'Completed' } }
  const status = {
    podName: 'push-pod',
    conditions: [{ type: 'Succeeded', status: 'True' }],
    taskSpec,
    steps: [{ name: 'push', ...ended }],
    sidecars: [
      { name: 'broker', container: 'sidecar-broker', terminated: { exitCode: 255 } },
      { name: 'proxy', running: {} },
    ],
  }
  const read = readTaskRun({ metadata: { name: 'push' }, spec: { serviceAccountName: 'builder' }, status })
  const line = recordLine()
  const attempts = read.attempts.map((one) => ({ ...one, attested: attempt([line]).attested }))
  const brokers = recordLine({ id: otherId, source: 'bucket', data: { step: 'run-with-identity' } })
  const change = { taskRuns: [{ ...read, attempts }], lines: [line, brokers] }
  expect(reportOf(change)).toMatchObject({ verdict: 'complete', counts: { steps: 2, otherSteps: 1, records: 2 } })
  expect(codes(reportOf({ ...change, lines: [line] }))).toEqual(['record-missing'])
})

test('reads a TaskRun of whatever shape without failing', () => {
  for (const odd of [undefined, null, 1, 'x', [], {}, { status: 1 }, { status: { steps: [1, {}], results: 'x' } }])
    expect(readTaskRun(odd).attempts).toHaveLength(1)
})

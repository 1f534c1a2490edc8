import { completenessFindings, owedRecords } from './completeness.ts'
import { controlsOf } from './controls.ts'
import { entriesOf, identitiesOf, imagesOf } from './entries.ts'
import type { Evidence } from './evidence.ts'
import { joinRecords } from './join-records.ts'
import type { Finding, Report, ReportedRun } from './report.ts'
import { startersOf } from './starters.ts'

const gravest = ['error', 'warning', 'note'] as const

/** Makes a report of what was collected. It depends on nothing else: the same evidence at the same time gives the same report. */
export function buildReport(evidence: Evidence, made: { readonly at: number; readonly by: string }): Report {
  const joined = joinRecords(evidence)
  const records = joined.records.filter(({ taskRun }) => evidence.ownTaskRun === '' || taskRun !== evidence.ownTaskRun)
  const findings = [...joined.findings, ...completenessFindings(evidence, records)].toSorted(byGravity)
  const entries = entriesOf(evidence, records)
  const identities = identitiesOf(entries)
  const images = imagesOf(entries, records)
  const startedBy = startersOf(evidence.run, records)
  const counts = {
    taskRuns: evidence.taskRuns.length,
    steps: owedRecords(evidence),
    otherSteps: otherSteps(evidence),
    records: records.length,
    verified: entries.filter(({ check }) => check === 'verified').length,
    refused: entries.filter(({ outcome }) => outcome === 'refused').length,
  }
  const controls = controlsOf({ counts, entries, identities, images, startedBy, findings })
  return {
    format: 'tekton-entra audit report v1',
    madeAt: new Date(made.at).toISOString(),
    madeBy: made.by,
    run: reportedRun(evidence),
    verdict: findings.every(({ severity }) => severity === 'note') ? 'complete' : 'findings',
    counts,
    startedBy,
    entries,
    identities,
    images,
    findings,
    controls,
  }
}

function byGravity(one: Finding, other: Finding): number {
  return gravest.indexOf(one.severity) - gravest.indexOf(other.severity)
}

function otherSteps({ taskRuns }: Evidence): number {
  const steps = taskRuns.flatMap(({ attempts }) => attempts.flatMap((attempt) => attempt.steps))
  return steps.filter(({ program, hasRun }) => program === undefined && hasRun).length
}

function reportedRun({ namespace, pipelineRun, run }: Evidence): ReportedRun {
  return {
    namespace,
    name: pipelineRun,
    uid: run?.uid ?? '',
    pipeline: run?.pipeline ?? '',
    status: run?.status ?? 'unknown',
    reason: run?.reason ?? '',
    startedAt: run?.startedAt ?? '',
    finishedAt: run?.finishedAt ?? '',
  }
}

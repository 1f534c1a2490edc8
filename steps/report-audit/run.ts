import { systemClock } from '../lib/core/clock.ts'
import { stepError } from '../lib/core/errors.ts'
import { version } from '../lib/core/version.ts'
import type { ResultsOf } from '../lib/step/define-step.ts'
import type { Log } from '../lib/step/log.ts'
import type { StepCall } from '../lib/step/step-call.ts'
import { collect } from './collect/collect.ts'
import { buildReport } from './model/build-report.ts'
import type { Report } from './model/report.ts'
import type { step } from './step.ts'
import { reportFiles, writeReport } from './write-report.ts'

/** Collects, compares, writes; what does not agree is in the report, and ends the step only where that was asked for. */
export async function run(call: StepCall<typeof step>): Promise<ResultsOf<typeof step>> {
  const { inputs, workspaces, services } = call
  const { record, log } = services
  const evidence = await collect(call)
  record.action({ target: `${evidence.namespace}/${evidence.pipelineRun}` })
  const report = buildReport(evidence, { at: systemClock.now(), by: `tekton-entra ${version}` })
  const sha256 = await writeReport(workspaces.report, report)
  record.action({ digest: `sha256:${sha256}` })
  tell(log, report)
  const grave = report.findings.filter(({ severity }) => severity !== 'note')
  if (report.verdict === 'findings' && inputs['on-findings'] === 'fail') {
    const findings = [...new Set(grave.map(({ title }) => title))].join('; ')
    throw stepError('AUDIT_FINDINGS', { name: report.run.name, findings })
  }
  return { verdict: report.verdict, findings: String(grave.length), 'report-digest': `sha256:${sha256}` }
}

function tell(log: Log, { counts, findings, verdict, run: { name } }: Report): void {
  const { records, verified, steps, refused } = counts
  log.line('report', `${name}: ${records} records of ${steps} steps, ${verified} verified, ${refused} refused`)
  for (const { severity, title, where } of findings)
    log.line(severity === 'note' ? 'note' : 'finding', `${title} (${where})`)
  log.line('done', `${verdict}; ${reportFiles.page} and ${reportFiles.json} in the workspace report`)
}

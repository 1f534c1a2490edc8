import { defineStep } from '../lib/step/define-step.ts'
import { identityParams } from '../lib/step/identity-params.ts'
import { deadline, propagationParams } from '../lib/step/waiting-params.ts'
import { checkInputs } from './inputs.ts'

export const step = defineStep({
  name: 'report-audit',
  summary:
    'Report on a PipelineRun: collect the audit records of its steps, check each against its SHA-256 and all of them against Tekton’s own list, and write what happened as JSON and as one HTML page.',
  params: {
    'pipeline-run': {
      kind: 'text',
      description:
        'The PipelineRun of this namespace that is reported on. Default: the one that this TaskRun is part of.',
      optional: true,
      pattern: /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
      expected: 'the name of a PipelineRun',
    },
    from: {
      kind: 'list',
      description:
        'Where it is read from: `cluster` (objects and pod logs, by the Kubernetes API), `bucket` (records of the profile’s `record-sink`, an S3 bucket), `folder` (files of the workspace `evidence`). Together they add up; Tekton’s objects come from `cluster` or `folder`.',
      default: ['cluster'],
      pattern: /^(cluster|bucket|folder)$/,
      expected: 'cluster, bucket or folder',
    },
    'on-findings': {
      kind: 'text',
      description:
        'What a report with findings does to the step: `report`, it ends well and its results say so; `fail`, it fails, once the report is written.',
      oneOf: ['report', 'fail'],
      default: 'report',
    },
    ...identityParams,
    timeout: deadline,
    ...propagationParams,
  },
  workspaces: {
    report: { description: 'Receives `audit-report.json` and `audit-report.html`.' },
    evidence: {
      description:
        'With `from: folder`: Tekton’s objects as `kubectl get … -o json` writes them, and records, line by line in any file.',
      optional: true,
    },
  },
  results: {
    verdict: { description: '`complete`, or `findings` where there is any but notes.' },
    findings: { description: 'How many findings there are, notes not counted.' },
    'report-digest': { description: 'Digest of `audit-report.json`, `sha256:…`.' },
  },
  token: true,
  clusterApi: true,
  check: checkInputs,
})

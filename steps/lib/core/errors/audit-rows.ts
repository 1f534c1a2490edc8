import { defineErrors } from './row.ts'

/** What a report on a PipelineRun is made from, and what it says. */
export const auditRows = defineErrors({
  AUDIT_API_ABSENT: {
    exit: 64,
    retry: 'never',
    what: 'The Kubernetes API cannot be asked from here: <reason>.',
    remedy:
      'Run the step in a pod with the token volume of the Task, or with the token that Kubernetes mounts itself (automountServiceAccountToken). Elsewhere give the param from as folder, and the objects as files.',
  },
  AUDIT_API_DENIED: {
    exit: 77,
    retry: 'never',
    what: 'The Kubernetes API does not let this pod read <path> (HTTP <status>).',
    sent: ['service account'],
    remedy:
      'Bind the Role that stands beside the Task to the service account of the run:\nkubectl apply -n <namespace> -f tasks/report-audit/rbac.yaml',
  },
  AUDIT_SOURCE_UNAVAILABLE: {
    exit: 75,
    retry: 'transient',
    what: '<source> is not able to answer now: <reason>.',
    remedy: 'Run it again later; what was collected so far is thrown away, a report of half of it would mislead.',
  },
  AUDIT_SOURCE_REFUSED: {
    exit: 77,
    retry: 'never',
    what: '<source> does not answer as expected: <reason>.',
    remedy: 'Check what the params from and identity, and the key record-sink of the identity profile, name.',
  },
  AUDIT_BUCKET_DENIED: {
    exit: 77,
    retry: 'never',
    what: 'The bucket <bucket> does not let this role read records (<reason>).',
    sent: ['role'],
    remedy:
      'Allow the role to read them; who writes records needs none of it:\n{"Effect":"Allow","Action":"s3:GetObject","Resource":"<objects>"}\n{"Effect":"Allow","Action":"s3:ListBucket","Resource":"<bucket arn>"}',
  },
  AUDIT_RUN_NOT_FOUND: {
    exit: 64,
    retry: 'never',
    what: 'There is neither a PipelineRun <name> nor a TaskRun of it in <place>.',
    remedy:
      'Name with the param pipeline-run a PipelineRun of this namespace. Tekton or its pruner may have deleted it: then give its objects and records as files (from: folder).',
  },
  AUDIT_FINDINGS: {
    exit: 77,
    retry: 'never',
    what: 'The report on <name> is written, and has findings: <findings>',
    remedy:
      'Read audit-report.html in the workspace report: each finding says where. With on-findings: report the step would have ended well.',
  },
})

/** Every kind of finding: how grave it is, and what it means. */
export const findingTable = {
  'record-missing': {
    severity: 'error',
    title: 'A step ran and left no record',
  },
  'record-altered': {
    severity: 'error',
    title: 'A record is not what its step hashed',
  },
  'record-doubled': {
    severity: 'error',
    title: 'One step process has two records',
  },
  'record-unknown': {
    severity: 'error',
    title: 'A record belongs to nothing that Tekton ran here',
  },
  'record-unreadable': {
    severity: 'error',
    title: 'A line says that it is a record, and cannot be read as one',
  },
  'record-unattested': {
    severity: 'warning',
    title: 'No result of the TaskRun names this record',
  },
  'record-unattested-failed': {
    severity: 'note',
    title: 'A TaskRun that failed names no record: of a step that was ended from outside Tekton has no results',
  },
  'outcome-differs': {
    severity: 'error',
    title: 'Record and Tekton disagree about how a step ended',
  },
  'identity-differs': {
    severity: 'error',
    title: 'The token was of another service account than the TaskRun',
  },
  'pod-doubled': {
    severity: 'warning',
    title: 'More than one pod acted for one attempt',
  },
  'pod-missing': {
    severity: 'warning',
    title: 'The pod is gone, and its log with it',
  },
  'task-run-missing': {
    severity: 'error',
    title: 'The PipelineRun names a TaskRun that is not there',
  },
  'run-missing': {
    severity: 'warning',
    title: 'The PipelineRun itself is not there any more',
  },
  unfinished: {
    severity: 'warning',
    title: 'A TaskRun had not ended when the report was made',
  },
  undelivered: {
    severity: 'warning',
    title: 'A record did not reach its sink',
  },
  unread: {
    severity: 'warning',
    title: 'Something could not be read',
  },
} as const satisfies Readonly<
  Record<string, { readonly severity: 'error' | 'warning' | 'note'; readonly title: string }>
>

export type FindingCode = keyof typeof findingTable

import { defineErrors } from './row.ts'

/** What check-trust ends with: the rows above it name each cause, and what to create. */
export const trustRows = defineErrors({
  TRUST_BROKEN: {
    exit: 77,
    retry: 'never',
    what: 'The trust is broken: <failed>.',
    remedy:
      'Each line "failed" above names one cause, and after it stands what to create. Begin with the first: those that say "follows" come right with it.',
  },
  TRUST_WEAK: {
    exit: 77,
    retry: 'never',
    what: 'The trust works and is weaker than it should be, which fail-on: weak does not let pass: <weak>.',
    remedy:
      'Each line "weak" above says why, and after it stands what to change. With fail-on: broken the run goes on.',
  },
  TRUST_UNDECIDED: {
    exit: 75,
    retry: 'never',
    what: 'The trust could not be judged, because a cloud or registry was not reached: <failed>.',
    remedy: 'Try again later. When every run ends so, look at https-proxy, no-proxy and the cluster’s egress.',
  },
  TRUST_REPORT_NOT_WRITTEN: {
    exit: 74,
    retry: 'never',
    what: 'The verdict could not be written to <path>: <reason>.',
    remedy:
      'Name with report-file a file in a folder that is there and that this step may write, on a workspace or volume. It must be no link.',
  },
})

import { defineErrors, type ErrorRow } from './row.ts'

const refused = { exit: 77, retry: 'never' } as const satisfies Partial<ErrorRow>

/** Why a run that a person must approve does not go on. */
export const approvalRows = defineErrors({
  APPROVAL_REJECTED: {
    ...refused,
    what: 'The run was rejected by <approver>.',
    remedy:
      'Talk to whoever rejected it; the object id is that of the person in Entra. Start a new run when it may go on: an answer counts once.',
  },
  APPROVAL_TIMED_OUT: {
    ...refused,
    what: 'Nobody who may has approved the run until <deadline>. Answers that did not count: <answers>.',
    remedy:
      'Start a new run, and let somebody with the roles and groups that are asked for approve it in time, with the command that the step prints. A longer wait is given by the param timeout.',
  },
  APPROVAL_AUTHOR_UNKNOWN: {
    ...refused,
    what: 'Nobody vouches for who has started the run, which four-eyes asks for: <reason>.',
    remedy:
      'Let admission (or the trigger) write the object id of whoever makes the run into the annotation that the profile names as approval-author-annotation, and let admission refuse every other value, as samples/four-eyes.yaml does. A PipelineRun by itself does not say who has made it.',
  },
  APPROVAL_WEBHOOK_FAILED: {
    exit: 75,
    retry: 'transient',
    what: 'The request for approval could not be posted to <webhook>: HTTP <status>.',
    remedy:
      'Check that the webhook takes a JSON object by POST, without a redirect and without a credential: the step has none for it.',
  },
})

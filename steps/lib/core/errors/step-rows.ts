import { defineErrors } from './row.ts'

/** What can go wrong around a step whatever it does: its inputs, its results, its end. */
export const stepRows = defineErrors({
  INPUT_INVALID: {
    exit: 64,
    retry: 'never',
    what: 'The step was called with <count> that it cannot work with. Nothing was done.',
    remedy: 'Correct every line above in the TaskRun, PipelineRun or identity profile; they are all there are.',
  },
  CANCELLED: {
    exit: 143,
    retry: 'never',
    what: 'The step was ended from outside (<signal>) before it was done.',
    remedy:
      'Nothing is half done: a tag is only ever put on a complete image. Run it again; what was uploaded already is skipped.',
  },
  DEADLINE_EXCEEDED: {
    exit: 75,
    retry: 'never',
    what: 'The overall deadline of <deadline> passed before the step was done.',
    remedy:
      'Run it again, what was uploaded already is skipped; or give it longer by the param timeout. The error that was retried last is the cause.',
  },
  RESULT_NOT_WRITTEN: {
    exit: 74,
    retry: 'never',
    what: 'The result <result> could not be written to <path>: <reason>.',
    remedy:
      'A result path must be a plain file that this step may create. A link there, or a read-only folder, means that another step of the TaskRun interfered, or that the Task was changed.',
  },
  RECORD_NOT_WRITTEN: {
    exit: 74,
    retry: 'never',
    what: 'The audit record could not be written to standard output: <reason>.',
    remedy:
      'The step fails rather than act unrecorded. Look at the node: its log volume may be full, or the log reader gone.',
  },
  INTERNAL: {
    exit: 70,
    retry: 'never',
    what: 'The step met something that it did not foresee: <reason>.',
    remedy: 'This is a fault of tekton-entra. Please report it with the lines above; they hold no secret.',
  },
})

/** A Task that the local run does not do as Tekton would. */
export class UnsupportedTask extends Error {}

/** Where Tekton stops a run before any step of it has started: at admission, or by a condition of its TaskRun. */
export type RefusalReason =
  | 'AdmissionRefused'
  | 'TaskRunValidationFailed'
  | 'PodCreationFailed'
  | 'CreateContainerConfigError'

/** A run that Tekton itself refuses; `reason` is what the condition of its TaskRun says, when there is a TaskRun. */
export class RefusedRun extends UnsupportedTask {
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, faults: readonly string[]) {
    super(faults.join('; '))
    this.reason = reason
  }
}

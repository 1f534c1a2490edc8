/** How one step of an attempt ended, as Tekton's own status tells. */
export type StepEvidence = {
  readonly name: string
  readonly container: string
  /** Which step of ours it runs; undefined where it is somebody else's. */
  readonly program: string | undefined
  /** False where Tekton passed over it. */
  readonly hasRun: boolean
  readonly exitCode: number | undefined
  /** Tekton's word for the end: `Completed`, `Error`, `TaskRunCancelled`. */
  readonly reason: string
  readonly startedAt: string
  readonly finishedAt: string
  readonly imageId: string
  readonly isSidecar: boolean
}

/** One pod that Tekton made for a TaskRun; a retry has another. */
export type AttemptEvidence = {
  readonly pod: string
  readonly startedAt: string
  readonly finishedAt: string
  readonly status: RunStatus
  readonly reason: string
  readonly steps: readonly StepEvidence[]
  /** Ids and hashes of records that results name. */
  readonly attested: readonly Attested[]
}

export type RunStatus = 'succeeded' | 'failed' | 'running'

/** A record as a result of the TaskRun names it. */
export type Attested = { readonly id: string; readonly sha256: string }

export type TaskRunEvidence = {
  readonly name: string
  readonly uid: string
  readonly pipelineTask: string
  readonly serviceAccount: string
  /** The last one is the TaskRun's own; those before it were retried. */
  readonly attempts: readonly AttemptEvidence[]
}

export type PipelineRunEvidence = {
  readonly name: string
  readonly uid: string
  readonly pipeline: string
  readonly startedAt: string
  readonly finishedAt: string
  readonly status: RunStatus
  readonly reason: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Programs that have written the object, as they call themselves. */
  readonly managers: readonly string[]
  readonly owners: readonly string[]
  /** TaskRuns that the PipelineRun says it made. */
  readonly children: readonly string[]
}

/** A pod as the API server shows it. */
export type PodEvidence = { readonly name: string; readonly uid: string; readonly taskRun: string }

export type RecordSource = 'pod log' | 'bucket' | 'folder'

/** A line that is, or should be, a record. */
export type FoundLine = {
  readonly line: string
  readonly source: RecordSource
  /** Pod and container, key, or file. */
  readonly place: string
}

/** Something that could not be read; it takes nothing from what was. */
export type Gap = { readonly what: string; readonly reason: string }

/** All that a report is made from. */
export type Evidence = {
  readonly namespace: string
  readonly pipelineRun: string
  /** Undefined when there is no such object any more. */
  readonly run: PipelineRunEvidence | undefined
  readonly taskRuns: readonly TaskRunEvidence[]
  /** Undefined when nobody was asked for pods. */
  readonly pods: readonly PodEvidence[] | undefined
  readonly lines: readonly FoundLine[]
  readonly gaps: readonly Gap[]
  /** The TaskRun that makes the report: it cannot tell of its own end. */
  readonly ownTaskRun: string
}

import type { GivenParam, Reference, TaskParam, TaskSpec, TaskWorkspace } from './task.ts'

/** What the contract checker reads of a Tekton Pipeline; everything it does not know is left to Tekton's admission. */
export type Pipeline = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: PipelineSpec
}

export type PipelineSpec = {
  readonly description?: string
  readonly params?: readonly TaskParam[]
  readonly workspaces?: readonly TaskWorkspace[]
  readonly tasks: readonly PipelineTask[]
  readonly finally?: readonly PipelineTask[]
  readonly results?: readonly { readonly name: string; readonly value: string | readonly string[] }[]
}

export type PipelineTask = {
  readonly name: string
  readonly taskRef?: Reference
  readonly taskSpec?: TaskSpec
  readonly params?: readonly GivenParam[]
  readonly matrix?: {
    readonly params?: readonly GivenParam[]
    readonly include?: readonly { readonly name?: string; readonly params?: readonly GivenParam[] }[]
  }
  readonly workspaces?: readonly { readonly name: string; readonly workspace?: string }[]
  readonly runAfter?: readonly string[]
  readonly when?: unknown
}

/** What the checker reads of a PipelineRun. */
export type PipelineRun = {
  readonly kind: string
  readonly spec: {
    readonly pipelineRef?: Reference
    readonly pipelineSpec?: PipelineSpec
    readonly params?: readonly GivenParam[]
    readonly workspaces?: readonly { readonly name: string }[]
    readonly taskRunSpecs?: readonly { readonly pipelineTaskName?: string }[]
  }
}

/** All tasks of a Pipeline, those that come at the end whatever happens among them. */
export function allTasks(spec: PipelineSpec): readonly PipelineTask[] {
  return [...spec.tasks, ...(spec.finally ?? [])]
}

import { uidFrom } from './downward-field.ts'
import type { LocalTaskResult, LocalTaskRun } from './run-task.ts'

/** A run of the local run with what came of it. */
export type EndedRun = {
  readonly run: Pick<LocalTaskRun, 'task' | 'name' | 'namespace' | 'serviceAccount' | 'pipelineRun'>
  readonly result: Pick<LocalTaskResult, 'steps' | 'statusResults' | 'succeeded'>
}

type Json = Readonly<Record<string, unknown>>

/** An object as the API server would show it. */
export type ClusterObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Json & { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
} & Json

/** The TaskRun that Tekton would have of a local run (tekton.dev/v1), as far as an audit looks at it. */
export function taskRunObject({ run, result }: EndedRun): ClusterObject {
  const name = run.name ?? ''
  const { startedAt, finishedAt } = timesOf(result)
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: {
      name,
      namespace: run.namespace ?? 'default',
      uid: uidFrom(`taskrun ${name}`),
      labels: labelsOf(run),
    },
    spec: { serviceAccountName: run.serviceAccount ?? 'default', taskRef: { name: run.task.metadata.name } },
    status: {
      podName: `${name}-pod`,
      startTime: startedAt,
      completionTime: finishedAt,
      conditions: [
        {
          type: 'Succeeded',
          status: result.succeeded ? 'True' : 'False',
          reason: result.succeeded ? 'Succeeded' : 'Failed',
        },
      ],
      taskSpec: run.task.spec,
      results: Object.entries(result.statusResults).map(([key, value]) => ({ name: key, type: 'string', value })),
      steps: result.steps.map((step) => ({
        name: step.name,
        container: `step-${step.name}`,
        terminationReason: step.skipped ? 'Skipped' : step.failed ? 'Error' : 'Completed',
        terminated: { exitCode: step.status, reason: step.failed ? 'Error' : 'Completed', startedAt, finishedAt },
      })),
    },
  }
}

/** Its pod. */
export function podObject({ run }: EndedRun): ClusterObject {
  const name = run.name ?? ''
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-pod`,
      namespace: run.namespace ?? 'default',
      uid: uidFrom(`pod ${name}`),
      labels: labelsOf(run),
    },
  }
}

/** The logs of its containers by `<pod>/<container>`: text for people and the record, as a container runtime mixes them. */
export function logsOfRun({ run, result }: EndedRun): Readonly<Record<string, string>> {
  return Object.fromEntries(
    result.steps.map(({ name, stderr, stdout }) => [`${run.name}-pod/step-${name}`, `${stderr}${stdout}`]),
  )
}

/** The PipelineRun that made them. */
export function pipelineRunObject(
  name: string,
  {
    namespace,
    taskRuns,
    ...metadata
  }: { readonly namespace: string; readonly taskRuns: readonly ClusterObject[] } & Json,
): ClusterObject {
  const status = (object: ClusterObject): Json => object['status'] as Json
  const failed = taskRuns.some((one) => JSON.stringify(status(one)['conditions']).includes('"False"'))
  const times = taskRuns
    .flatMap((one) => [String(status(one)['startTime']), String(status(one)['completionTime'])])
    .toSorted()
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: { name, namespace, uid: uidFrom(`pipelinerun ${name}`), ...metadata },
    spec: { pipelineRef: { name: 'release' } },
    status: {
      startTime: times[0],
      completionTime: times.at(-1),
      conditions: [{ type: 'Succeeded', status: failed ? 'False' : 'True', reason: failed ? 'Failed' : 'Succeeded' }],
      childReferences: taskRuns.map((one) => ({
        kind: 'TaskRun',
        apiVersion: 'tekton.dev/v1',
        name: one.metadata.name,
      })),
    },
  }
}

function labelsOf(run: EndedRun['run']): Readonly<Record<string, string>> {
  const ofPipeline =
    run.pipelineRun === undefined
      ? {}
      : { 'tekton.dev/pipelineRun': run.pipelineRun, 'tekton.dev/pipelineTask': 'push' }
  return { 'tekton.dev/taskRun': run.name ?? '', 'tekton.dev/task': run.task.metadata.name, ...ofPipeline }
}

/** As the records say; a step without one ended now. */
function timesOf({ steps }: EndedRun['result']): { startedAt: string; finishedAt: string } {
  const all = steps.map(({ stdout }) => stdout).join('')
  const now = new Date().toISOString()
  return {
    startedAt: /"startedAt":"([^"]+)"/.exec(all)?.[1] ?? now,
    finishedAt: /"finishedAt":"([^"]+)"/.exec(all)?.[1] ?? now,
  }
}

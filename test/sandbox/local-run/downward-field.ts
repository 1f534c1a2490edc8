import { createHash } from 'node:crypto'
import { UnsupportedTask } from './refusal.ts'
import { taskRunName, type LocalTaskRun } from './run-task.ts'

/** What the downward API would say of the pod that Tekton makes; a label or annotation that the pod does not have is the empty text; the Task's own are the pod's, unless the run has others. */
export function downwardField(run: LocalTaskRun, fieldPath: string): string {
  const name = taskRunName(run)
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': `${name}-pod`,
    'metadata.namespace': run.namespace ?? 'default',
    'metadata.uid': uidFrom(`pod ${name}`),
    'spec.serviceAccountName': run.serviceAccount ?? 'default',
  }
  const label = /^metadata\.labels\['([^']+)'\]$/.exec(fieldPath)?.[1]
  const annotation = /^metadata\.annotations\['([^']+)'\]$/.exec(fieldPath)?.[1]
  const value =
    label !== undefined
      ? (podLabels(run)[label] ?? '')
      : annotation !== undefined
        ? ({ ...run.task.metadata.annotations, ...run.annotations }[annotation] ?? '')
        : fields[fieldPath]
  if (value === undefined) throw new UnsupportedTask(`the local run does not know the field ${fieldPath}`)
  return value
}

/** The Task's labels, over them the run's, which may say anything, and over all what Tekton says itself: which TaskRun it is. */
function podLabels(run: LocalTaskRun): Readonly<Record<string, string>> {
  const name = taskRunName(run)
  const { pipelineRun } = run
  const ofPipeline =
    pipelineRun === undefined
      ? {}
      : {
          'tekton.dev/pipelineRun': pipelineRun,
          'tekton.dev/pipelineRunUID': uidFrom(`pipelinerun ${pipelineRun}`),
          'tekton.dev/pipelineTask': 'push',
        }
  return {
    ...run.task.metadata.labels,
    ...run.labels,
    ...ofPipeline,
    'tekton.dev/task': run.task.metadata.name,
    'tekton.dev/taskRun': name,
    'tekton.dev/taskRunUID': uidFrom(`taskrun ${name}`),
    'app.kubernetes.io/managed-by': 'tekton-pipelines',
  }
}

/** A UID that is the same whenever the name is, in the form of a UUID. */
export function uidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

import type { TaskStep } from '../../../steps/lib/catalog/task.ts'
import type { RefusalReason } from '../../sandbox/local-run/refusal.ts'
import { restrictedContainer } from '../pods.ts'
import type { AgreementCase, Outcome } from './agreement-case.ts'
import { jsonLines } from './step-output.ts'

/** What Tekton must refuse at creation: of the Task, or of its run. */
export const refusedAtCreation: Outcome = { admitted: false, reason: 'AdmissionRefused' }

/**
 * The objects of a case, in the order in which they must be created: ConfigMaps, the Task, then its run. The run refers to the Task, as users'
 * do: an embedded `taskSpec` would take params that it does not declare, and call the Task by the run's name.
 */
export function taskRunOf(
  { task, run }: AgreementCase,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): { readonly objects: readonly object[]; readonly taskRun: object } {
  const configMaps = Object.entries(run.configMaps ?? {}).map(([key, data]) => {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: key, namespace }, data }
  })
  const { steps, sidecars, ...spec } = task.spec
  const containers = {
    steps: steps.map(restricted),
    ...(sidecars === undefined ? {} : { sidecars: sidecars.map(restricted) }),
  }
  const inCluster = { ...task, metadata: { ...task.metadata, namespace }, spec: { ...spec, ...containers } }
  return {
    objects: [...configMaps, inCluster],
    taskRun: {
      apiVersion: 'tekton.dev/v1',
      kind: 'TaskRun',
      metadata: { name, namespace, labels: run.labels ?? {} },
      spec: {
        taskRef: { name: task.metadata.name },
        params: Object.entries(run.params ?? {}).map(([param, value]) => ({ name: param, value })),
        workspaces: (run.workspaces ?? []).map((workspace) => ({ name: workspace, emptyDir: {} })),
      },
    },
  }
}

/** What came of a run that has ended, from its TaskRun and the logs by container (`step-<name>`). */
export function outcomeOf(taskRun: unknown, logs: Readonly<Record<string, string>>): Outcome {
  const { metadata, status } = taskRun as TaskRun
  const condition = status.conditions.find(({ type }) => type === 'Succeeded')
  const refusal = refusalOf(status, condition?.reason ?? '')
  if (refusal !== undefined) return { admitted: false, reason: refusal }
  const names = { taskRun: metadata.name, namespace: metadata.namespace }
  return {
    succeeded: condition?.status === 'True',
    results: Object.fromEntries((status.results ?? []).map(({ name, value }) => [name, value])),
    steps: (status.steps ?? []).map(({ name, container, terminated, terminationReason }) => {
      const step = { name, exitCode: terminated?.exitCode ?? -1, output: jsonLines(logs[container] ?? '', names) }
      return terminationReason === 'Skipped' ? { ...step, skipped: true } : step
    }),
  }
}

/** Refused after its creation: without a pod, or with one whose containers the kubelet could not make. */
function refusalOf({ podName }: TaskRun['status'], reason: string): RefusalReason | undefined {
  if (reason === 'CreateContainerConfigError') return reason
  const isRefusal = reason === 'TaskRunValidationFailed' || reason === 'PodCreationFailed'
  return isRefusal && (podName ?? '') === '' ? reason : undefined
}

type TaskRun = {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly status: {
    readonly podName?: string
    readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason?: string }[]
    readonly results?: readonly { readonly name: string; readonly value: unknown }[]
    readonly steps?: readonly {
      readonly name: string
      readonly container: string
      readonly terminationReason?: string
      readonly terminated?: { readonly exitCode: number }
    }[]
  }
}

/** As Pod Security `restricted` wants it. */
function restricted(container: TaskStep): TaskStep {
  return { ...container, securityContext: restrictedContainer }
}

import { kubectl, stage } from './stage.ts'
import { PATIENCE, waitForField } from './ended.ts'
import type { KubernetesObject } from './objects.ts'
import type { Source } from './source.ts'
import { refuseLeaks } from './canary-scan.ts'

/** A param of a run. */
export type RunParam = { readonly name: string; readonly value: string | readonly string[] }

/** How one TaskRun ended, as Tekton's own status and the pod's logs tell. */
export type TaskRunEnd = {
  readonly name: string
  readonly succeeded: boolean
  readonly reason: string
  readonly message: string
  readonly results: Readonly<Record<string, unknown>>
  readonly steps: readonly { readonly name: string; readonly exitCode: number | undefined; readonly reason: string }[]
  readonly pod: string
  /** Log of each container by its name; none where the pod is gone. */
  readonly logs: Readonly<Record<string, string>>
}

/** What the tests read of a TaskRun. */
export type TaskRun = KubernetesObject & {
  readonly status?: {
    readonly podName?: string
    readonly conditions?: readonly { readonly status: string; readonly reason: string; readonly message: string }[]
    readonly results?: readonly { readonly name: string; readonly value: unknown }[]
    readonly steps?: readonly {
      readonly name: string
      readonly terminated?: { readonly exitCode: number; readonly reason: string }
    }[]
  }
}

/** A TaskRun of `push-image` by name, as an author would write it. */
export function pushRun(
  params: Readonly<Record<string, string | readonly string[]>>,
  source: Source,
  spec: Readonly<Record<string, unknown>> = {},
): KubernetesObject {
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: { generateName: 'push-image-' },
    spec: {
      serviceAccountName: 'builder',
      taskRef: { name: 'push-image' },
      params: paramsOf({ path: source.path, 'propagation-wait': '0s', ...params }),
      workspaces: [{ name: 'source', configMap: { name: source.configMap } }],
      ...spec,
    },
  }
}

/** A TaskRun of another Task by name. */
export function runOf(
  task: string,
  params: Readonly<Record<string, string | readonly string[]>>,
  spec: Readonly<Record<string, unknown>> = {},
): KubernetesObject {
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: { generateName: `${task}-` },
    spec: {
      serviceAccountName: 'builder',
      taskRef: { name: task },
      params: paramsOf({ 'propagation-wait': '0s', ...params }),
      ...spec,
    },
  }
}

/** Params as Tekton writes them. */
export function paramsOf(params: Readonly<Record<string, string | readonly string[]>>): readonly RunParam[] {
  return Object.entries(params).map(([name, value]) => ({ name, value }))
}

/** Creates a run and gives its name. Throws with Tekton's words when it is not admitted. */
export async function create(object: KubernetesObject, namespace = stage().namespaces.ci): Promise<string> {
  const made = await kubectl().run(['create', '-n', namespace, '-o', 'name', '-f', '-'], JSON.stringify(object))
  return made.trim().replace(/^.*\//, '')
}

/** Runs a TaskRun to its end. What it has left anywhere in the cluster is searched for every secret. */
export async function runTask(object: KubernetesObject, namespace = stage().namespaces.ci): Promise<TaskRunEnd> {
  return await endOfTaskRun(await create(object, namespace), namespace)
}

/** Waits for the end of a TaskRun, and tells of it. */
export async function endOfTaskRun(
  name: string,
  namespace = stage().namespaces.ci,
  seconds = PATIENCE,
): Promise<TaskRunEnd> {
  await waitForField(kubectl(), {
    namespace,
    object: `taskrun/${name}`,
    path: '{.status.completionTime}',
    seconds,
  })
  const taskRun = await getTaskRun(name, namespace)
  const logs = await logsOf(namespace, taskRun.status?.podName ?? '')
  await refuseLeaks(namespace, name, logs)
  return describeTaskRun(taskRun, logs)
}

/** The TaskRun as it is now. */
export async function getTaskRun(name: string, namespace = stage().namespaces.ci): Promise<TaskRun> {
  const taskRun = await kubectl().get<TaskRun>([`taskrun/${name}`, '-n', namespace])
  if (taskRun === undefined) throw new Error(`there is no TaskRun ${name} in ${namespace}`)
  return taskRun
}

function describeTaskRun({ metadata, status }: TaskRun, logs: Readonly<Record<string, string>>): TaskRunEnd {
  const condition = status?.conditions?.[0]
  return {
    name: metadata.name ?? '',
    succeeded: condition?.status === 'True',
    reason: condition?.reason ?? '',
    message: condition?.message ?? '',
    results: Object.fromEntries((status?.results ?? []).map(({ name, value }) => [name, value])),
    steps: (status?.steps ?? []).map(({ name, terminated }) => {
      return { name, exitCode: terminated?.exitCode, reason: terminated?.reason ?? '' }
    }),
    pod: status?.podName ?? '',
    logs,
  }
}

type Pod = {
  readonly spec: Readonly<Record<'containers' | 'initContainers', readonly { readonly name: string }[] | undefined>>
}

/** The log of each container of a pod; of one that is gone, or of containers that never ran, nothing. */
export async function logsOf(namespace: string, pod: string): Promise<Readonly<Record<string, string>>> {
  const found = pod === '' ? undefined : await kubectl().get<Pod>([`pod/${pod}`, '-n', namespace])
  const names = [...(found?.spec.containers ?? []), ...(found?.spec.initContainers ?? [])].map(({ name }) => name)
  const logs = await Promise.all(
    names.map(async (name) => {
      const { status, stdout } = await kubectl().try(['logs', pod, '-n', namespace, '-c', name])
      return status === 0 ? [[name, stdout] as const] : []
    }),
  )
  return Object.fromEntries(logs.flat())
}

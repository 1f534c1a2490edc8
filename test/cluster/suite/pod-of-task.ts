import type { Task, TaskStep } from '../../../steps/lib/catalog/task.ts'
import { readTask } from '../../contract/repository.ts'
import { prepareParams } from '../../sandbox/local-run/params.ts'
import { substitute, substituteList, textValues, type Variables } from '../../sandbox/local-run/substitute.ts'
import type { KubernetesObject } from './objects.ts'
import type { Source } from './source.ts'

/** What a pod is made from, where no Tekton makes it from the same Task. */
export type PodOfTask = {
  readonly name: string
  readonly task?: Task
  readonly params: Readonly<Record<string, string | readonly string[]>>
  readonly source: Source
  readonly image: string
  readonly serviceAccount?: string
  /** Instead of the Task's own. */
  readonly expirationSeconds?: number
}

const RESULTS = '/results'
const WORKSPACE = '/workspace/source'

/** The pod that Kubernetes runs of a Task with one step: its volumes, its env and its security context, and nothing of Tekton's. */
export function podOfTask({ task = readTask('push-image'), ...of }: PodOfTask): KubernetesObject {
  const [step, ...more] = task.spec.steps
  if (step === undefined || more.length > 0)
    throw new Error(`${task.metadata.name} has ${task.spec.steps.length} steps`)
  const variables = variablesOf(task, step, of.params)
  const volumes = (task.spec.volumes ?? []).map((volume) => withExpiry(substituteAll(volume, variables), of))
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: of.name },
    spec: {
      restartPolicy: 'Never',
      serviceAccountName: of.serviceAccount ?? 'builder',
      containers: [container(step, variables, of.image)],
      volumes: [
        ...volumes,
        { name: 'results', emptyDir: {} },
        { name: 'source', configMap: { name: of.source.configMap } },
      ],
    },
  }
}

function variablesOf(task: Task, step: TaskStep, params: PodOfTask['params']): Variables {
  const { values, faults } = prepareParams(task, params)
  if (faults.length > 0) throw new Error(faults.join('; '))
  const results = (step.results ?? []).map(({ name }) => [`step.results.${name}.path`, `${RESULTS}/${name}`] as const)
  return [values, textValues([...results, ['workspaces.source.path', WORKSPACE]])]
}

function container(step: TaskStep, variables: Variables, image: string): object {
  const { name, command, args = [], env = [], volumeMounts = [], securityContext } = step
  return {
    name,
    image,
    command,
    args: substituteList(args, variables),
    env: env.map((entry) => substituteAll(entry, variables)),
    volumeMounts: [
      ...volumeMounts,
      { name: 'results', mountPath: RESULTS },
      { name: 'source', mountPath: WORKSPACE, readOnly: true },
    ],
    securityContext,
  }
}

/** Every text of a value, substituted. */
function substituteAll<T>(value: T, variables: Variables): T {
  const changed: T = JSON.parse(
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'string' ? substitute(inner, variables) : inner)),
  )
  return changed
}

function withExpiry<T>(volume: T, { expirationSeconds }: Pick<PodOfTask, 'expirationSeconds'>): T {
  if (expirationSeconds === undefined) return volume
  const changed: T = JSON.parse(
    JSON.stringify(volume, (key, inner: unknown) => (key === 'expirationSeconds' ? expirationSeconds : inner)),
  )
  return changed
}

import { objectsOf } from '../../contract/examples.ts'
import type { KubernetesObject } from './objects.ts'
import { runTask, type TaskRunEnd } from './runs.ts'
import { kubectl, stage } from './stage.ts'

/** The claim that the examples' workspaces are bound to here. */
export const CLAIM = 'handed'

/** The examples' own tag is pushed by test/cluster/suite/tekton/examples.test.ts too, which may run at the same time. */
export const TAG = 'handed-1.4.2'

/** First words of the tools' commands → the word that calls what stands for each. */
const standIns: Readonly<Record<string, string>> = {
  '/kaniko/executor': 'kaniko',
  '/bin/sh': 'sh',
  buildah: 'buildah',
  helm: 'helm',
  trivy: 'trivy',
  aws: 'aws',
  kubectl: 'kubectl',
}

type Step = {
  readonly name: string
  readonly ref?: object
  readonly command?: readonly string[]
  readonly env?: readonly object[]
}
type Task = KubernetesObject & {
  readonly spec: { readonly steps: readonly Step[] } & Readonly<Record<string, unknown>>
}

/** What a platform team sets for everybody's steps where the clouds are reached by a proxy. */
const wayOut = [
  { name: 'HTTPS_PROXY', valueFrom: { configMapKeyRef: { name: 'entra-identity', key: 'https-proxy' } } },
  { name: 'CLOUDS_CA', valueFrom: { configMapKeyRef: { name: 'entra-identity', key: 'ca.crt' } } },
]

/** The Task of a file of examples/hand-over, with the tools that the cluster has. */
export function taskOf(file: string): Task {
  const task = (objectsOf(file) as readonly KubernetesObject[]).find(({ kind }) => kind === 'Task') as Task
  return { ...task, spec: { ...task.spec, steps: task.spec.steps.map(withStandIn) } }
}

function withStandIn(step: Step): Step {
  if (step.ref !== undefined) return step
  const word = standIns[step.command?.[0] ?? '']
  if (word === undefined || step.command?.length !== 1) throw new Error(`nothing stands for ${step.command?.join(' ')}`)
  const called = { image: stage().images.suite, command: ['/nodejs/bin/node', '/app/main.js', word] }
  return { ...step, ...called, env: [...(step.env ?? []), ...wayOut] }
}

/** Where and how an example is run; `change` spoils its Task, which then has the name `run`. */
type Way = { readonly namespace?: string; readonly change?: (task: Task) => Task; readonly run?: string }

/** Runs the TaskRun of a file, whose Task is applied first. */
export async function runExample(
  file: string,
  { namespace = stage().namespaces.ci, change = (task) => task, run: name }: Way = {},
): Promise<TaskRunEnd> {
  const task = change(taskOf(file))
  await kubectl().apply([{ ...task, metadata: { ...task.metadata, namespace } }])
  const run = (objectsOf(file) as readonly KubernetesObject[]).find(({ kind }) => kind === 'TaskRun')
  if (run === undefined) throw new Error(`${file} has no TaskRun`)
  const bound = JSON.stringify(run)
    .replaceAll('"claimName":"built"', `"claimName":"${CLAIM}"`)
    .replaceAll('"value":"1.4.2"', `"value":"${TAG}"`)
  const object = JSON.parse(bound) as KubernetesObject & { readonly spec: object }
  const spec = name === undefined ? object.spec : { ...object.spec, taskRef: { name } }
  return await runTask({ ...object, spec }, namespace)
}

import { kubectl, stage } from './stage.ts'

/** Evicts a pod, as a node that is drained does. */
export async function evictPod(pod: string): Promise<void> {
  const namespace = stage().namespaces.ci
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace } }
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`
  await kubectl().run(['create', '--raw', path, '-f', '-'], JSON.stringify(eviction))
}

/** Cancels a TaskRun, as `tkn taskrun cancel` does. */
export async function cancelTaskRun(taskRun: string): Promise<void> {
  const patch = JSON.stringify({ spec: { status: 'TaskRunCancelled' } })
  await kubectl().run(['patch', 'taskrun', taskRun, '-n', stage().namespaces.ci, '--type=merge', '-p', patch])
}

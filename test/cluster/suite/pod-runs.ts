import { refuseLeaks } from './canary-scan.ts'
import { waitForField } from './ended.ts'
import type { KubernetesObject } from './objects.ts'
import { kubectl, stage } from './stage.ts'

/** How a pod of one container ended. */
export type PodEnd = { readonly exitCode: number; readonly log: string }

type PodStatus = {
  readonly status: {
    readonly containerStatuses?: readonly { readonly state?: { readonly terminated?: { readonly exitCode: number } } }[]
  }
}

const EXIT_CODE = '{.status.containerStatuses[0].state.terminated.exitCode}'

/** Runs a pod to its end. What it has left anywhere in the cluster is searched for every secret. */
export async function runPod(
  pod: KubernetesObject,
  { namespace = stage().namespaces.ci, seconds }: { readonly namespace?: string; readonly seconds?: number } = {},
): Promise<PodEnd> {
  const name = pod.metadata.name ?? ''
  await kubectl().run(['create', '-n', namespace, '-f', '-'], JSON.stringify(pod))
  await waitForField(kubectl(), { namespace, object: `pod/${name}`, path: EXIT_CODE, seconds })
  const log = await kubectl().run(['logs', name, '-n', namespace])
  await refuseLeaks(namespace, name, { main: log })
  const ended = await kubectl().get<PodStatus>([`pod/${name}`, '-n', namespace])
  const exitCode = ended?.status.containerStatuses?.[0]?.state?.terminated?.exitCode
  if (exitCode === undefined) throw new Error(`the pod ${name} has gone before its end was read`)
  return { exitCode, log }
}

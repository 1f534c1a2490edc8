import { IDLE_IMAGE } from './address-plan.ts'
import type { Kubectl } from './kubectl.ts'
import { waitUntil } from './wait-until.ts'

/** What Pod Security `restricted` asks of a container, with a read-only root besides. */
export const restrictedContainer = {
  runAsNonRoot: true,
  runAsUser: 65532,
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
} as const

/** The levels of Pod Security that tests know. */
export type PodSecurity = 'restricted' | 'baseline'

/** A namespace that enforces a level of Pod Security. */
function namespaceWith(name: string, enforce: PodSecurity): object {
  const labels = { 'pod-security.kubernetes.io/enforce': enforce }
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

/** Makes the namespace, and returns when pods may be made in it: each needs the account that Kubernetes adds a moment later. */
export async function makeNamespace(kubectl: Kubectl, name: string, level: PodSecurity = 'restricted'): Promise<void> {
  await kubectl.apply([namespaceWith(name, level)])
  await waitUntil(async () => await kubectl.get(['serviceaccount', 'default', '-n', name]), {
    what: `account default of namespace ${name}`,
    seconds: 60,
  })
}

export type PodSpec = Readonly<Record<string, unknown>>

/** A pod of the cluster's own image; the arguments say what it does. */
export function idlePod(args: readonly string[], spec: PodSpec = {}, container: PodSpec = {}): object {
  const only = { name: 'main', image: IDLE_IMAGE, args, securityContext: restrictedContainer, ...container }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'idle' },
    spec: { restartPolicy: 'Never', containers: [only], ...spec },
  }
}

type Pod = { readonly status?: { readonly phase?: string } }

/** Runs a pod to its end and gives its log; throws with Kubernetes' own words when it did not succeed. */
export async function runPod(kubectl: Kubectl, namespace: string, pod: object): Promise<string> {
  await kubectl.run(['create', '-n', namespace, '-f', '-'], JSON.stringify(pod))
  const phase = async (): Promise<string | undefined> => {
    const now = (await kubectl.get<Pod>(['pod', 'idle', '-n', namespace]))?.status?.phase
    return now === 'Succeeded' || now === 'Failed' ? now : undefined
  }
  const why = async (): Promise<string> => await kubectl.run(['describe', 'pod', 'idle', '-n', namespace])
  const ended = await waitUntil(phase, { what: 'end of the pod', seconds: 120, why })
  if (ended === 'Failed') throw new Error(`the pod failed: ${await why()}`)
  return await kubectl.run(['logs', 'idle', '-n', namespace])
}

import { restrictedContainer } from '../pods.ts'
import type { KubernetesObject } from './objects.ts'
import { waitForField } from './ended.ts'
import type { Kubectl } from '../kubectl.ts'

/** A program of the suite's image that others in the cluster reach by the address of a Service. */
export type ServerPod = {
  readonly name: string
  readonly namespace: string
  readonly image: string
  /** The word of the program, and its arguments. */
  readonly args: readonly string[]
  readonly port: number
  readonly env?: readonly { readonly name: string; readonly value: string }[]
  /** Volumes by the path that they are mounted at. */
  readonly volumes: Readonly<Record<string, { readonly name: string } & Readonly<Record<string, unknown>>>>
}

/** Starts it, and gives the address of its Service when it is ready: an address, as not every cluster has DNS. */
export async function startServerPod(kubectl: Kubectl, server: ServerPod): Promise<string> {
  const { name, namespace } = server
  await kubectl.apply([serviceOf(server), podOf(server)])
  await waitForField(kubectl, {
    namespace,
    object: `pod/${name}`,
    path: '{.status.conditions[?(@.type=="Ready")].status}=True',
  })
  return await kubectl.run(['get', 'service', name, '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}'])
}

function serviceOf({ name, namespace, port }: ServerPod): KubernetesObject {
  const spec = { selector: { app: name }, ports: [{ port }] }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec }
}

function podOf({ name, namespace, image, args, port, env = [], volumes }: ServerPod): KubernetesObject {
  const container = {
    name,
    image,
    command: ['/nodejs/bin/node', '/app/main.js'],
    args,
    env,
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
    volumeMounts: Object.entries(volumes).map(([mountPath, volume]) => ({ name: volume.name, mountPath })),
    securityContext: restrictedContainer,
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 5,
      containers: [container],
      volumes: Object.values(volumes),
    },
  }
}

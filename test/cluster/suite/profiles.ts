import type { KubernetesObject } from './objects.ts'
import { kubectl, stage } from './stage.ts'

/** Puts a copy of the suite's identity profile into the namespace of the runs, with these keys besides, under a name of its own. */
export async function putProfile(name: string, keys: Readonly<Record<string, string>>): Promise<void> {
  const namespace = stage().namespaces.ci
  const profile = await kubectl().get<KubernetesObject & { data: Record<string, string> }>([
    'configmap/entra-identity',
    '-n',
    namespace,
  ])
  await kubectl().apply([
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { ...profile?.data, ...keys } },
  ] as readonly KubernetesObject[])
}

import type { KeptRecord } from '../../sandbox/sink/sink-state.ts'
import { suite } from './clouds.ts'
import type { KubernetesObject } from './objects.ts'
import { askSandbox, kubectl, stage } from './stage.ts'

/** Profiles with a sink that asks for no token, and with one that does. */
export const identities = { open: 'recorded', guarded: 'recorded-with-token' } as const

/** What the sinks keep of one TaskRun. */
export async function recordsOf(taskRun: string): Promise<readonly KeptRecord[]> {
  const { records } = (await askSandbox('GET', '/records')) as { readonly records: readonly KeptRecord[] }
  return records.filter(({ attributes }) => attributes['source']?.endsWith(`/taskruns/${taskRun}`))
}

/** The suite's profile with a sink, under names of their own. */
export async function putProfiles(): Promise<void> {
  const namespace = stage().namespaces.ci
  const profile = await kubectl().get<KubernetesObject & { data: Record<string, string> }>([
    'configmap/entra-identity',
    '-n',
    namespace,
  ])
  const withSink = (name: string, keys: Readonly<Record<string, string>>): KubernetesObject => {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { ...profile?.data, ...keys } }
  }
  const { sinkUrl, guardedSinkUrl, sinkResource, fullSinkUrl } = suite
  await kubectl().apply([
    withSink(identities.open, { 'record-sink': sinkUrl }),
    withSink(identities.guarded, { 'record-sink': guardedSinkUrl, 'record-sink-resource': sinkResource }),
    withSink('recorded-nowhere', { 'record-sink': fullSinkUrl }),
  ])
}

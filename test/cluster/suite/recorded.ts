import type { KeptRecord } from '../../sandbox/sink/sink-state.ts'
import { suite } from './clouds.ts'
import { putProfile } from './profiles.ts'
import { askSandbox } from './stage.ts'

/** Profiles with a sink that asks for no token, and with one that does. */
export const identities = { open: 'recorded', guarded: 'recorded-with-token' } as const

/** What the sinks keep of one TaskRun. */
export async function recordsOf(taskRun: string): Promise<readonly KeptRecord[]> {
  const { records } = (await askSandbox('GET', '/records')) as { readonly records: readonly KeptRecord[] }
  return records.filter(({ attributes }) => attributes['source']?.endsWith(`/taskruns/${taskRun}`))
}

/** The suite's profile with a sink, under names of their own. */
export async function putProfiles(): Promise<void> {
  const { sinkUrl, guardedSinkUrl, sinkResource, fullSinkUrl } = suite
  await putProfile(identities.open, { 'record-sink': sinkUrl })
  await putProfile(identities.guarded, { 'record-sink': guardedSinkUrl, 'record-sink-resource': sinkResource })
  await putProfile('recorded-nowhere', { 'record-sink': fullSinkUrl })
}

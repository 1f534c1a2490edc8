import type { KeptRecord } from '../../sandbox/sink/sink-state.ts'
import { askSandbox } from './stage.ts'

/** What the sinks keep of one TaskRun. */
export async function recordsOf(taskRun: string): Promise<readonly KeptRecord[]> {
  const { records } = (await askSandbox('GET', '/records')) as { readonly records: readonly KeptRecord[] }
  return records.filter(({ attributes }) => attributes['source']?.endsWith(`/taskruns/${taskRun}`))
}

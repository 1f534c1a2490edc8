import type { Sandbox } from './sandbox.ts'

/** Closes the sandbox at the end of its tests, and fails them when a stand-in threw: the answers may have hidden it. */
export async function closeWithoutCrashes(sandbox: Sandbox): Promise<void> {
  await sandbox.close()
  if (sandbox.crashes.length > 0) throw new AggregateError(sandbox.crashes, 'stand-ins of the sandbox threw')
}

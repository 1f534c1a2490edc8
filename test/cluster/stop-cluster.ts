import { rmdirSync, rmSync } from 'node:fs'
import { isUp, readRecord, type ClusterRecord } from './cluster-record.ts'
import { removeControlGroups } from './control-groups.ts'
import type { Places } from './places.ts'
import { isRunning } from './process-identity.ts'
import { waitUntil } from './wait-until.ts'

/** Takes the cluster away, also a half-made one or one that was there before a restart of the machine. Gives whether there was any. */
export async function stopCluster(places: Places): Promise<boolean> {
  const record = readRecord(places)
  if (record === undefined) return false
  await endProcesses(record)
  await removeControlGroups(record.controlGroup)
  rmSync(places.state, { recursive: true, force: true })
  for (const folder of record.madeFolders.toReversed()) removeIfEmpty(folder)
  return true
}

/**
 * The kernel ends every process of the namespaces with their first one, and drops mounts and network after the last. Nothing in a cluster is
 * to be kept, so nobody is asked to end by himself.
 */
async function endProcesses(record: ClusterRecord): Promise<void> {
  if (!isUp(record)) return
  process.kill(record.first.pid, 'SIGKILL')
  await waitUntil(async () => (isRunning(record.first) ? undefined : true), {
    what: `end of the cluster's first process, ${record.first.pid}`,
    seconds: 60,
  })
}

/** Somebody else may have put something there meanwhile: that stays. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    const isKept = error instanceof Error && 'code' in error && ['ENOTEMPTY', 'ENOENT'].includes(String(error.code))
    if (!isKept) throw error
  }
}

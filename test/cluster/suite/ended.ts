import type { AuditRecord } from '../../push-image/record.ts'
import { parseRecord } from '../../push-image/record.ts'
import { kubectl } from './stage.ts'

/** Seconds that anything in the cluster may take on a busy machine. */
export const PATIENCE = 240

/** Waits until a field of an object is there, as the API server tells of it. Throws with what was seen last. */
export async function waitForField(namespace: string, object: string, path: string, seconds = PATIENCE): Promise<void> {
  const how = [`--for=jsonpath=${path}`, `--timeout=${seconds}s`]
  const { status, stderr } = await kubectl().try(['wait', object, '-n', namespace, ...how])
  if (status === 0) return
  const seen = await kubectl().try(['get', object, '-n', namespace, '-o', 'yaml'])
  const events = await kubectl().try(['get', 'events', '-n', namespace, '--sort-by=.lastTimestamp'])
  throw new Error(
    `${object}: no ${path}: ${stderr}\n${seen.stdout}\n${events.stdout.split('\n').slice(-15).join('\n')}`,
  )
}

/** The records among the lines of a container's log, where text for people stands between them; each checked against its schema. */
export function recordsIn(log: string): readonly AuditRecord[] {
  const lines = log.split('\n').filter((line) => line.startsWith('{"specversion"'))
  return lines.map((line) => parseRecord(`${line}\n`))
}

/** The one record of a log; throws when there is none or more. */
export function recordIn(log: string): AuditRecord {
  const [record, ...more] = recordsIn(log)
  if (record === undefined || more.length > 0) throw new Error(`one record is expected in: ${log}`)
  return record
}

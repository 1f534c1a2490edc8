import { parseRecord, type AuditRecord } from '../../push-image/record.ts'
import type { Kubectl } from '../kubectl.ts'

/** Seconds that anything in the cluster may take on a busy machine. */
export const PATIENCE = 240

/** A field of an object: that it is there, or, with `=value` behind the path, what it says. */
export type Awaited = {
  readonly namespace: string
  /** As kubectl names it, such as `pod/sandbox`. */
  readonly object: string
  /** JSONPath in braces. */
  readonly path: string
  readonly seconds?: number | undefined
}

/** Waits for a field, as the API server tells of it. Throws with what was seen last. */
export async function waitForField(
  kubectl: Kubectl,
  { namespace, object, path, seconds = PATIENCE }: Awaited,
): Promise<void> {
  const how = [`--for=jsonpath=${path}`, `--timeout=${seconds}s`]
  const { status, stderr } = await kubectl.try(['wait', object, '-n', namespace, ...how])
  if (status === 0) return
  const views = [
    ['get', object, '-o', 'yaml'],
    ['logs', object, '--tail=20', '--all-containers'],
    ['get', 'events', '--sort-by=.lastTimestamp'],
  ]
  const seen = await Promise.all(views.map((view) => kubectl.try([...view, '-n', namespace])))
  const texts = seen.map(({ stdout }) => stdout.trimEnd().split('\n').slice(-120).join('\n'))
  throw new Error([`${object}: no ${path}: ${stderr}`, ...texts].join('\n'))
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

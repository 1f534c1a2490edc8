import { createHash } from 'node:crypto'
import { recordType } from '../../lib/audit/record.ts'
import { isObject, parseStrictJson } from '../../lib/core/strict-json.ts'
import type { FoundLine } from './evidence.ts'
import { at, textAt } from './look.ts'

/** A record that could be read, with where it was found. */
export type ReadRecord = FoundLine & {
  readonly id: string
  readonly sha256: string
  readonly time: string
  readonly step: string
  readonly outcome: string
  readonly taskRun: string
  readonly podName: string
  readonly podUid: string
  /** `data` of the event, for what is shown of it. */
  readonly data: unknown
}

/** A line that says it is a record, and that nobody may rely on. */
export type UnreadableLine = FoundLine & { readonly reason: string }

/** Whether a line of a log is a record, or pretends to be one. */
export function isRecordLine(line: string): boolean {
  return line.startsWith('{') && line.includes('"specversion"') && line.includes(recordType)
}

/** Reads a line; two readers must not be able to understand it in two ways, so a member that is there twice makes it unreadable. */
export function readRecord(found: FoundLine): ReadRecord | UnreadableLine {
  let event: unknown
  try {
    event = parseStrictJson(Buffer.from(found.line))
  } catch (error) {
    return { ...found, reason: error instanceof Error ? error.message : String(error) }
  }
  const data = at(event, 'data')
  const record = {
    ...found,
    id: textAt(event, 'id'),
    sha256: createHash('sha256').update(found.line).digest('hex'),
    time: textAt(event, 'time'),
    step: textAt(data, 'step'),
    outcome: textAt(data, 'outcome'),
    taskRun: textAt(data, 'run', 'taskRun'),
    podName: textAt(data, 'pod', 'name'),
    podUid: textAt(data, 'pod', 'uid'),
    data,
  }
  if (textAt(event, 'type') !== recordType || !isObject(data)) return { ...found, reason: `it is no ${recordType}` }
  const missing = (['id', 'time', 'step', 'outcome'] as const).filter((name) => record[name] === '')
  return missing.length === 0 ? record : { ...found, reason: `it has no ${missing.join(', ')}` }
}

/** Whether a line could be read. */
export function isRead(one: ReadRecord | UnreadableLine): one is ReadRecord {
  return !('reason' in one)
}

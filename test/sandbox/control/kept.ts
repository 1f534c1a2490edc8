import { objectsOf, type StoredObject } from '../s3/objects.ts'
import { rowsOf, type IngestedRow } from '../monitor/rows.ts'
import type { Sandbox } from '../sandbox.ts'
import { recordsOf, type KeptRecord } from '../sink/sink-state.ts'

/** What all kinds of sinks keep, oldest first. */
export type Kept = {
  readonly records: readonly KeptRecord[]
  readonly objects: readonly StoredObject[]
  readonly rows: readonly IngestedRow[]
}

/** What the sinks, the buckets and the tables of this sandbox keep. */
export function keptBy({ world }: Pick<Sandbox, 'world'>): Kept {
  return { records: recordsOf(world), objects: objectsOf(world), rows: rowsOf(world) }
}

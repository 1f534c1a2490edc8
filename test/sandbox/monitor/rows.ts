import type { World } from '../world.ts'

/** One row of a table, as the stream's columns let it through. */
export type IngestedRow = {
  readonly immutableId: string
  readonly stream: string
  readonly columns: Readonly<Record<string, string>>
  /** Object id of who sent it. */
  readonly writer: string
}

// Beside the world, not in it: only worlds with a rule have any.
const ingested = new WeakMap<World, IngestedRow[]>()

/** The rows of all tables, oldest first. */
export function rowsOf(world: World): readonly IngestedRow[] {
  return ingested.get(world) ?? []
}

/** Adds rows: nothing is ever replaced, nor known again. */
export function addRows(world: World, rows: readonly IngestedRow[]): void {
  ingested.set(world, [...rowsOf(world), ...rows])
}

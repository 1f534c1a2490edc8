import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isRunning, type ProcessIdentity } from './process-identity.ts'
import type { Places } from './places.ts'

/** What must be known of a cluster to use it, and to take every trace of it away. */
export type ClusterRecord = {
  /** First process of the cluster's namespaces: all others end with it. */
  readonly first: ProcessIdentity
  /** Folders of this machine that were made to mount on, deepest last. */
  readonly madeFolders: readonly string[]
  /** Name of the control group that holds the pods, in each hierarchy. */
  readonly controlGroup: string
  readonly port: number
  /** Folder of the Kubernetes programs. */
  readonly programs: string
  readonly kubernetes: string
  /** Version of Tekton; absent without it. */
  readonly tekton?: string
}

/** Reads the record; undefined when there is no cluster. */
export function readRecord(places: Places): ClusterRecord | undefined {
  if (!existsSync(places.record)) return undefined
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(readFileSync(places.record, 'utf8')) as ClusterRecord
}

/** Writes the record whole or not at all: `down` reads it after a crash as well. */
export function writeRecord(places: Places, record: ClusterRecord): void {
  mkdirSync(places.state, { recursive: true })
  const next = `${places.record}.next`
  writeFileSync(next, `${JSON.stringify(record, undefined, 2)}\n`)
  renameSync(next, places.record)
}

/** Whether the cluster's processes are there. */
export function isUp(record: ClusterRecord | undefined): record is ClusterRecord {
  return record !== undefined && isRunning(record.first)
}

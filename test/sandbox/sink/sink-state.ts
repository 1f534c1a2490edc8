import type { World } from '../world.ts'
import type { ReceivedEvent } from './cloud-event.ts'

/** One event that a sink keeps. */
export type KeptRecord = ReceivedEvent & {
  readonly host: string
  /** The body as it came. */
  readonly body: string
  /** `oid` of the token that it came with; `''` where the sink asks for none. */
  readonly writer: string
  /** How often it came: whoever got no answer sends it again. */
  deliveries: number
}

// Beside the world, not in it: only worlds with a sink have any.
const kept = new WeakMap<World, KeptRecord[]>()

/** The events that the sinks of this world keep, oldest first. */
export function recordsOf(world: World): readonly KeptRecord[] {
  return kept.get(world) ?? []
}

/** Keeps an event; one of the same source and id is the same one, and only counted. False when it comes with other content. */
export function keepRecord(world: World, record: Omit<KeptRecord, 'deliveries'>): boolean {
  const all = kept.get(world) ?? []
  kept.set(world, all)
  const { source, id } = record.attributes
  const known = all.find(
    ({ host, attributes }) => host === record.host && attributes['source'] === source && attributes['id'] === id,
  )
  if (known === undefined) {
    all.push({ ...record, deliveries: 1 })
    return true
  }
  if (known.body !== record.body) return false
  known.deliveries += 1
  return true
}

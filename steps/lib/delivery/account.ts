import type { RecordedDestination } from '../audit/recorded-action.ts'
import type { PushTarget } from '../oci/registry/push.ts'
import type { Log } from '../step/log.ts'
import type { Destination } from './destination.ts'

/** The record has to stay on one line of a log. */
const recordedTags = 24

/** How far the image has come at one destination. */
export type Standing = { readonly destination: Destination; stored: boolean; readonly tags: Set<string> }

/** Keeps what has been reached where, so that a failure leaves no doubt about it. */
export type Account = {
  readonly standings: readonly Standing[]
  /** For the engine: notes what it reaches at the destination of this index. */
  noteAt(index: number): NonNullable<PushTarget['onReached']>
  /** For the record. */
  recorded(): readonly RecordedDestination[]
}

/** An account in which nothing has been reached yet. */
export function openAccount(destinations: readonly Destination[]): Account {
  const standings = destinations.map((destination) => ({ destination, stored: false, tags: new Set<string>() }))
  return {
    standings,
    noteAt: (index) => (reached) => {
      const standing = standings[index]
      if (standing === undefined) return
      standing.stored = true
      if (reached !== 'stored') standing.tags.add(reached.tag)
    },
    recorded: () =>
      standings.map(({ destination, stored, tags }) => {
        return { repository: destination.name, stored, tags: [...tags].slice(0, recordedTags) }
      }),
  }
}

/** After a failure: what is where. With one destination and one tag the error itself says it. */
export function describeAccount(log: Log, { standings }: Account): void {
  if (standings.length === 1 && (standings[0]?.destination.tags.length ?? 0) < 2) return
  for (const { destination, stored, tags } of standings) log.line('state', `${destination.name}: ${text(stored, tags)}`)
}

function text(stored: boolean, tags: ReadonlySet<string>): string {
  if (!stored) return 'not there; no tag was put'
  return tags.size === 0 ? 'there by its digest; no tag was put' : `there, tagged ${[...tags].join(', ')}`
}

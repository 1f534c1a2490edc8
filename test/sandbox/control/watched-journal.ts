import type { Journal, JournalEntry } from '../world.ts'

/** An entry as a running sandbox keeps it: when it was booked, and its number. */
export type TimedEntry = JournalEntry & { readonly number: number; readonly at: string }

/** A book that tells of each entry at once, and keeps the newest ones only: its sandbox may run for weeks. */
export type WatchedJournal = Journal & {
  readonly entries: readonly TimedEntry[]
  /** The returned function ends it. */
  watch(listener: (entry: TimedEntry) => void): () => void
}

/** How many entries are kept unless one says otherwise: about 5 MB. */
const KEPT = 10_000

/** A watched book. */
export function createWatchedJournal(kept = KEPT): WatchedJournal {
  const entries: TimedEntry[] = []
  const listeners = new Set<(entry: TimedEntry) => void>()
  let number = 0
  return {
    entries,
    write: (entry) => {
      number += 1
      const timed = { number, at: new Date().toISOString(), ...entry }
      entries.push(timed)
      if (entries.length > kept) entries.shift()
      for (const listener of listeners) listener(timed)
    },
    watch: (listener) => {
      // A listener of its own, so that the same function may watch twice.
      const own = (entry: TimedEntry): void => listener(entry)
      listeners.add(own)
      return () => listeners.delete(own)
    },
  }
}

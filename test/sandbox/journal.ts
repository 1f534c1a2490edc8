import type { Journal, JournalEntry } from './world.ts'

/** The book of every request that a stand-in, the proxy or a fault answered, oldest first; of the last `limit` at least. */
export function createJournal(limit = Number.POSITIVE_INFINITY): Journal {
  const entries: JournalEntry[] = []
  return {
    entries,
    write: (entry) => {
      entries.push(entry)
      // In one go, as each removal moves all that follows.
      if (entries.length >= 2 * limit) entries.splice(0, entries.length - limit)
    },
  }
}

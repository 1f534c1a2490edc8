import type { Journal, JournalEntry } from './world.ts'

/** The book of every request that a stand-in, the proxy or a fault answered, oldest first. */
export function createJournal(): Journal {
  const entries: JournalEntry[] = []
  return {
    entries,
    write: (entry) => {
      entries.push(entry)
    },
  }
}

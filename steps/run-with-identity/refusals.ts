import type { Log } from '../lib/step/log.ts'

/** What was refused, by its reason: each is said once, so that a flood does not fill the log, and counted. */
export type Refusals = {
  count(reason: string): void
  /** Says how many of each there were. */
  tell(log: Log): void
}

/** Reasons hold what a client has asked for: no more of them are kept apart. */
const mostReasons = 50

/** Opens the counting; `say` is told of each first one. */
export function countRefusals(say: (reason: string) => void): Refusals {
  const counts = new Map<string, number>()
  return {
    count: (text) => {
      const reason = counts.has(text) || counts.size < mostReasons ? text : 'something else'
      const before = counts.get(reason) ?? 0
      counts.set(reason, before + 1)
      if (before === 0) say(reason)
    },
    tell: (log) => {
      for (const [reason, count] of counts) if (count > 1) log.line('refused', `${count} times: ${reason}`)
    },
  }
}

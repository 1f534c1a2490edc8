import { readFileSync } from 'node:fs'

/** A process of this machine: ids are used again, an id together with its start and the boot is not. */
export type ProcessIdentity = { readonly pid: number; readonly started: string; readonly boot: string }

/** Who has the process id now; undefined when nobody has. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in parentheses, may hold spaces; behind it come the state (field 3) and, as field 22, the start: proc(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return undefined
    return { pid, started: fields[19] ?? '', boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() }
  } catch {
    return undefined
  }
}

/** Whether the very process still runs. */
export function isRunning(known: ProcessIdentity): boolean {
  const now = identify(known.pid)
  return now?.started === known.started && now.boot === known.boot
}

/** Process ids of the children. */
export function childrenOf(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return text.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

import { statfs } from 'node:fs/promises'
import { stepError } from '../core/errors.ts'

/** `f_type` of file systems that live in memory (linux/magic.h): tmpfs, ramfs. */
const memory: ReadonlySet<number> = new Set([0x01021994, 0x858458f6])

/** Names of others that a volume may be on, for the message. */
const others: Readonly<Record<number, string>> = {
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x794c7630: 'overlay',
  0x6969: 'nfs',
  0xff534d42: 'cifs',
  0x65735546: 'fuse',
}

/**
 * Lets a folder pass that is on memory: its file system says so itself, whatever the Task's YAML calls it. Only Linux tells, which is what
 * pods have. A folder that is not there passes here. Throws HANDOVER_NOT_MEMORY.
 */
export async function requireMemory(folder: string): Promise<void> {
  if (process.platform !== 'linux') return
  const stat = await statfs(folder).catch(() => undefined)
  const type = (stat?.type ?? 0) >>> 0
  if (stat === undefined || memory.has(type)) return
  throw stepError('HANDOVER_NOT_MEMORY', { path: folder, type: others[type] ?? `of the type 0x${type.toString(16)}` })
}

import { constants, type BigIntStats } from 'node:fs'
import { open, readlink, realpath, stat, type FileHandle } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import { errnoOf, outside, unreadable } from '../layout-fault.ts'

/** A folder out of which no read may lead: links are followed only as far as they stay inside. */
export type Folder = {
  /** As the user names it. */
  readonly path: string
  readonly realPath: string
}

const reasons = {
  leaves: (target: string) => `a link in its path leads to ${target}`,
  special: 'it is a folder, device, pipe or socket',
  loop: 'its links lead in a circle',
  moved: 'it was exchanged while it was opened',
} as const

/** What a file inside the folder is, without opening it; undefined when there is none. Throws LAYOUT_LINK_OUTSIDE for anything but a plain file inside. */
export async function statInside(folder: Folder, file: string): Promise<{ path: string; size: number } | undefined> {
  try {
    const path = await realpath(join(folder.realPath, file))
    if (!isInside(folder.realPath, path)) throw outside(file, reasons.leaves(path))
    const stats = await stat(path)
    if (!stats.isFile()) throw outside(file, reasons.special)
    return { path, size: stats.size }
  } catch (error) {
    return absentOr(error, file)
  }
}

/**
 * Opens a file inside the folder; undefined when there is none. It is looked at first, because opening a device or a pipe has effects
 * of its own, and once more when it is open, because whoever writes the workspace may exchange it in between.
 */
export async function openInside(
  folder: Folder,
  file: string,
): Promise<{ handle: FileHandle; stats: BigIntStats } | undefined> {
  const found = await statInside(folder, file)
  if (found === undefined) return undefined
  // NOFOLLOW: the path is real, so a link there now is new. NONBLOCK: a pipe put there now must not hold us.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const handle = await open(found.path, flags).catch((error: unknown) => absentOr(error, file))
  if (handle === undefined) return undefined
  try {
    const stats = await handle.stat({ bigint: true })
    if (!stats.isFile()) throw outside(file, reasons.special)
    if (!isInside(folder.realPath, await openedPath(handle, found.path))) throw outside(file, reasons.moved)
    return { handle, stats }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Fills `target` with the bytes at `position`, as far as there are any, and says how many it read. */
export async function readAt(handle: FileHandle, file: string, target: Buffer, position: number): Promise<number> {
  try {
    return (await handle.read(target, 0, target.length, position)).bytesRead
  } catch (error) {
    throw unreadable(file, error)
  }
}

/** Where the kernel says that an open file lies; where it does not say (no /proc), the path that was checked. */
async function openedPath(handle: FileHandle, checked: string): Promise<string> {
  try {
    return await readlink(`/proc/self/fd/${handle.fd}`)
  } catch {
    return checked
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** Undefined when the error says that there is no such file; else throws it by its name. */
function absentOr(error: unknown, file: string): undefined {
  const errno = errnoOf(error)
  if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined
  if (errno === 'ELOOP') throw outside(file, reasons.loop)
  throw unreadable(file, error)
}

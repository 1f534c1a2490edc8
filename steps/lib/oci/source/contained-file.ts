import { constants, fstatSync, readlinkSync, type BigIntStats, type Stats } from 'node:fs'
import { lstat, open, realpath, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { errnoOf, outside, unreadable } from '../layout-fault.ts'

/** A folder out of which no read may lead: links are followed only as far as they stay inside. */
export type Folder = {
  /** As the user names it. */
  readonly path: string
  readonly realPath: string
  /** Folders inside it, by their names in it, as they were found at the first look: where they really are. */
  readonly found: Map<string, string>
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
    const path = join(await folderOf(folder, file), basename(file))
    const stats = await lstat(path)
    if (stats.isSymbolicLink()) return await statLinked(folder, file)
    return checked({ file, path, stats })
  } catch (error) {
    return absentOr(error, file)
  }
}

/** Most files of a layout lie in one folder: its links are followed once. What has changed since is seen when a file is opened. */
async function folderOf(folder: Folder, file: string): Promise<string> {
  const name = dirname(file)
  const known = folder.found.get(name)
  if (known !== undefined) return known
  const path = await realpath(join(folder.realPath, name))
  if (path !== folder.realPath && !isInside(folder.realPath, path)) throw outside(file, reasons.leaves(path))
  folder.found.set(name, path)
  return path
}

async function statLinked(folder: Folder, file: string): Promise<{ path: string; size: number }> {
  const path = await realpath(join(folder.realPath, file))
  if (!isInside(folder.realPath, path)) throw outside(file, reasons.leaves(path))
  return checked({ file, path, stats: await stat(path) })
}

function checked({ file, path, stats }: { file: string; path: string; stats: Stats }): { path: string; size: number } {
  if (!stats.isFile()) throw outside(file, reasons.special)
  return { path, size: stats.size }
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
    // Without the thread pool: of a file that has just been opened the kernel has all this at hand.
    const stats = fstatSync(handle.fd, { bigint: true })
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

/** Where the kernel says that an open file lies; where it does not say (no /proc), where its path leads now. */
async function openedPath(handle: FileHandle, path: string): Promise<string> {
  try {
    return readlinkSync(`/proc/self/fd/${handle.fd}`)
  } catch {
    return await realpath(path)
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

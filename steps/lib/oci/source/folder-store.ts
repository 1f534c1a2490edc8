import { realpath, stat } from 'node:fs/promises'
import { stepError } from '../../core/errors.ts'
import { openInside, statInside } from './contained-file.ts'
import type { FileStore } from './file-store.ts'
import { errnoOf, unreadable } from '../layout-fault.ts'
import { openedFile } from './opened-file.ts'

const reasons = { noPath: 'no path was given', noFolder: 'there is no such folder' } as const

/** The files of a folder, none of them outside of it. Throws LAYOUT_NOT_FOUND, LAYOUT_UNREADABLE. */
export async function openFolder(path: string): Promise<FileStore> {
  const folder = { path, realPath: await realFolder(path), found: new Map<string, string>() }
  return {
    path,
    size: async (file) => (await statInside(folder, file))?.size,
    open: async (file) => {
      const opened = await openInside(folder, file)
      return opened === undefined ? undefined : openedFile(opened, file)
    },
  }
}

async function realFolder(path: string): Promise<string> {
  // realpath('') is the working folder: an unbound workspace must not become that.
  if (path === '') throw stepError('LAYOUT_NOT_FOUND', { path, reason: reasons.noPath })
  try {
    const realPath = await realpath(path)
    if ((await stat(realPath)).isDirectory()) return realPath
  } catch (error) {
    const errno = errnoOf(error)
    if (errno !== 'ENOENT' && errno !== 'ENOTDIR') throw unreadable(path, error)
  }
  throw stepError('LAYOUT_NOT_FOUND', { path, reason: reasons.noFolder })
}

import { constants } from 'node:fs'
import { mkdir, open, rmdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { stepError } from '../core/errors.ts'
import { requireMemory } from './memory-volume.ts'

/** Mode of the files; a folder's lets the same people in. */
export type FileMode = 0o600 | 0o640

/** A folder that is held open: whatever becomes of its name, what is done with `path` happens in it. */
export type OpenFolder = AsyncDisposable & {
  /** For people. */
  readonly shown: string
  readonly path: string
}

/** Which folder, and for whom. */
export type Folder = {
  readonly volume: string
  readonly folder: string
  readonly mode: FileMode
}

const asFolder = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/**
 * Opens a folder of the hand-over volume, made when it is missing, without following a link. Throws HANDOVER_NOT_MEMORY,
 * HANDOVER_FOLDER_UNUSABLE.
 */
export async function openFolder({ volume, folder: name, mode }: Folder): Promise<OpenFolder> {
  const shown = join(volume, name)
  const unusable = (reason: string, cause?: unknown) =>
    stepError('HANDOVER_FOLDER_UNUSABLE', { path: shown, reason }, { cause })
  if (volume === '') throw unusable('the step was given no hand-over volume')
  await requireMemory(volume)
  try {
    const folderMode = mode === 0o640 ? 0o750 : 0o700
    const isMade = await mkdir(shown, { mode: folderMode }).then(() => true, unlessThere)
    const folder = await open(shown, asFolder)
    try {
      await letIn(folder, folderMode)
    } catch (error) {
      await folder.close()
      throw error
    }
    // Node has no openat(): a folder that is open is reached so, and by no link that somebody has put in its place.
    const path = process.platform === 'linux' ? `/proc/self/fd/${folder.fd}` : shown
    const close = async () => {
      await folder.close()
      // A step that fails, or a dry run, leaves nothing behind; a folder with something in it stays.
      if (isMade) await rmdir(shown).catch(() => undefined)
    }
    return { shown, path, [Symbol.asyncDispose]: close }
  } catch (error) {
    throw unusable(reasonOf(error), error)
  }
}

function unlessThere(error: NodeJS.ErrnoException): false {
  if (error.code !== 'EEXIST') throw error
  return false
}

/** A umask may have taken from the mode, and an earlier step may have let in fewer. */
async function letIn(folder: FileHandle, mode: number): Promise<void> {
  const { mode: has } = await folder.stat()
  if ((has & mode) !== mode) await folder.chmod((has & 0o7777) | mode)
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ELOOP' || code === 'ENOTDIR') return 'it is a link, or no folder'
  if (code === 'ENOENT') return 'the hand-over volume is not there'
  return error instanceof Error ? error.message : String(error)
}

import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { stepError } from '../../core/errors.ts'
import { errnoOf } from '../layout-fault.ts'
import type { OpenedFile } from './opened-file.ts'

/** A temporary file that nobody else can open, and that is gone as soon as it is disposed of or the process ends. */
export type ScratchFile = OpenedFile & {
  /** Bytes appended so far. */
  readonly size: number
  /** Adds bytes at the end. Throws LAYOUT_SCRATCH_FAILED. */
  append(bytes: Buffer): Promise<void>
}

/** Opens a temporary file in `folder`; `need` says in a message what it is for. Throws LAYOUT_SCRATCH_MISSING, LAYOUT_SCRATCH_FAILED. */
export async function openScratchFile(folder: string, need: string): Promise<ScratchFile> {
  if (folder === '') throw stepError('LAYOUT_SCRATCH_MISSING', { need })
  const handle = await writing(folder, async () => await createUnnamed(folder))
  let size = 0
  return {
    get size() {
      return size
    },
    append: async (bytes) => {
      await writing(folder, async () => {
        for (let done = 0; done < bytes.length;)
          done += (await handle.write(bytes, done, bytes.length - done, size + done)).bytesWritten
      })
      size += bytes.length
    },
    read: async (target, position) =>
      await writing(folder, async () => (await handle.read(target, 0, target.length, position)).bytesRead),
    changed: async () => false,
    [Symbol.asyncDispose]: async () => await handle.close(),
  }
}

/** Unlinked at once: on every way out, also a kill, the system takes it away with the last handle. */
async function createUnnamed(folder: string): Promise<FileHandle> {
  const path = join(folder, `.image-${randomUUID()}`)
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const handle = await open(path, flags, 0o600)
  try {
    await unlink(path)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function writing<T>(folder: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    const reason = errnoOf(error)
    throw reason === undefined ? error : stepError('LAYOUT_SCRATCH_FAILED', { folder, reason }, { cause: error })
  }
}

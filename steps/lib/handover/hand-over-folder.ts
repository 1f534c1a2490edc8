import { constants } from 'node:fs'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { StepError, stepError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { withLock, type Waiting } from './lock.ts'
import { openFolder, type FileMode, type Folder } from './open-folder.ts'

/** Makes the text of a file from what is there; undefined is no file, and stays none where it is the answer. Throws {@link Unmergeable} where it cannot be added to. */
export type Merge = (existing: string | undefined) => Secret | undefined

/** Why a file that is there cannot be added to; the one who knows the file's path makes the error of it. */
export class Unmergeable extends Error {
  override readonly name = 'Unmergeable'
}

/** One folder of the hand-over volume, for one process. */
export type HandOverFolder = AsyncDisposable & {
  /** As people see it. */
  readonly path: string
  /** Puts the merged text in the file's place, whole or not at all, beside others who do the same. Throws HANDOVER_*. */
  write(file: string, merge: Merge): Promise<void>
  /** Takes the file away; one that is not there is none. Throws HANDOVER_NOT_WRITTEN. */
  remove(file: string): Promise<void>
  /** Shows whether that could be done, and changes nothing. Throws HANDOVER_*. */
  rehearse(file: string, merge: Merge): Promise<void>
}

type Options = Waiting & Folder

/** No configuration of a client is so long. */
const longestFile = 1024 * 1024

/** Opens a folder of the hand-over volume. Throws HANDOVER_NOT_MEMORY, HANDOVER_FOLDER_UNUSABLE. */
export async function openHandOverFolder(options: Options): Promise<HandOverFolder> {
  const folder = await openFolder(options)
  const merged = async (file: string, merge: Merge) =>
    mergeInto(join(folder.shown, file), await readExisting(join(folder.path, file), join(folder.shown, file)), merge)
  return {
    path: folder.shown,
    rehearse: async (file, merge) => void (await merged(file, merge)),
    write: async (file, merge) => {
      await told(join(folder.shown, file), async () => {
        await withLock(join(folder.path, `.${file}.lock`), options, async () => {
          const text = await merged(file, merge)
          if (text !== undefined) await replace(join(folder.path, file), text, options.mode)
        })
      })
    },
    remove: async (file) => {
      await told(join(folder.shown, file), async () => {
        await withLock(join(folder.path, `.${file}.lock`), options, async () => {
          await rm(join(folder.path, file), { force: true })
        })
      })
    },
    [Symbol.asyncDispose]: async () => await folder[Symbol.asyncDispose](),
  }
}

/** Errors of ours, and the reason of an abort, pass; what the file system says becomes one of ours. */
async function told(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof StepError || !(error instanceof Error && 'code' in error) || error.name === 'AbortError')
      throw error
    throw stepError('HANDOVER_NOT_WRITTEN', { path, reason: error.message }, { cause: error })
  }
}

function mergeInto(path: string, existing: string | undefined, merge: Merge): Secret | undefined {
  try {
    return merge(existing)
  } catch (error) {
    if (!(error instanceof Unmergeable)) throw error
    throw stepError('HANDOVER_FILE_UNUSABLE', { path, reason: error.message })
  }
}

/** The text that is there; undefined where there is none. A link is not followed: it may lead to what another container shall not change. */
async function readExisting(path: string, shown: string): Promise<string | undefined> {
  const unusable = (reason: string) => stepError('HANDOVER_FILE_UNUSABLE', { path: shown, reason })
  let file: FileHandle
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ENOENT') return undefined
    throw unusable(code === 'ELOOP' ? 'it is a link' : `it cannot be read (${String(code)})`)
  }
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw unusable('it is no plain file')
    if (stat.size > longestFile) throw unusable(`it has ${stat.size} bytes, more than ${longestFile}`)
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile())
  } catch (error) {
    throw error instanceof TypeError ? unusable('it is no text in UTF-8') : error
  } finally {
    await file.close()
  }
}

/** A reader sees the old text or the new one. The file that is replaced may be a link's target elsewhere; that one stays as it is. */
async function replace(path: string, text: Secret, mode: FileMode): Promise<void> {
  const fresh = `${path}.${randomBytes(6).toString('hex')}`
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW
  try {
    const file = await open(fresh, flags, 0o600)
    try {
      await file.writeFile(text.reveal())
      // After it was written: a umask cannot take anything from this mode.
      await file.chmod(mode)
    } finally {
      await file.close()
    }
    await rename(fresh, path)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}

import { constants } from 'node:fs'
import { access, mkdir, open, readdir, realpath, rename, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { stepError, type StepError } from '../../core/errors.ts'
import { errnoOf } from '../layout-fault.ts'

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

/** Where Linux lets an open folder be used by its number. */
const openFiles = '/proc/self/fd'

const reasons = {
  link: 'it is a link, or no folder',
  noFile: 'it is a link, or no plain file',
} as const

/**
 * A folder that is held open: whatever is exchanged for a link on the way to it meanwhile, what is written goes where it was opened. Names are single
 * names; none of them is followed when it is a link. Throws STORE_REFUSED, STORE_FAILED.
 */
export class HeldFolder implements AsyncDisposable {
  /** As the user names it. */
  readonly path: string
  readonly #handle: FileHandle
  readonly #base: string

  private constructor(path: string, handle: FileHandle, base: string) {
    this.path = path
    this.#handle = handle
    this.#base = base
  }

  /** Opens a folder that the pod was given; links that lead to it are the cluster's. */
  static async open(path: string): Promise<HeldFolder> {
    try {
      return await HeldFolder.#openAt(path, await realpath(path))
    } catch (error) {
      throw failed(path, error)
    }
  }

  static async #openAt(path: string, at: string): Promise<HeldFolder> {
    const handle = await open(at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    const byNumber = `${openFiles}/${handle.fd}`
    const hasNumbers = await access(byNumber).then(
      () => true,
      () => false,
    )
    return new HeldFolder(path, handle, hasNumbers ? byNumber : at)
  }

  /** A folder in it, made when there is none. */
  async folder(name: string): Promise<HeldFolder> {
    const path = join(this.path, name)
    const at = this.#at(name)
    try {
      await mkdir(at).catch((error: unknown) => {
        if (errnoOf(error) !== 'EEXIST') throw error
      })
      return await HeldFolder.#openAt(path, at)
    } catch (error) {
      const errno = errnoOf(error)
      if (errno === 'ELOOP' || errno === 'ENOTDIR') throw refused(path, reasons.link)
      throw failed(path, error)
    }
  }

  async names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#base)
    } catch (error) {
      throw failed(this.path, error)
    }
  }

  /** A plain file for reading, with its size; undefined when there is none of that name. Whoever has it closes it. */
  async read(name: string): Promise<{ handle: FileHandle; size: number } | undefined> {
    const path = join(this.path, name)
    try {
      const handle = await open(this.#at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      const stats = await handle.stat()
      if (stats.isFile()) return { handle, size: stats.size }
      await handle.close()
    } catch (error) {
      const errno = errnoOf(error)
      if (errno === 'ENOENT') return undefined
      if (errno !== 'ELOOP' && errno !== 'ENXIO') throw failed(path, error)
    }
    throw refused(path, reasons.noFile)
  }

  /** A new file for writing. Whoever has it closes it. */
  async create(name: string): Promise<FileHandle> {
    try {
      return await open(this.#at(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644)
    } catch (error) {
      throw failed(join(this.path, name), error)
    }
  }

  /** Gives a file of this folder another name in it, in the place of what has that name: a link there is replaced, never followed. */
  async rename(from: string, to: string): Promise<void> {
    try {
      await rename(this.#at(from), this.#at(to))
    } catch (error) {
      if (errnoOf(error) === 'EISDIR') throw refused(join(this.path, to), reasons.noFile)
      throw failed(join(this.path, to), error)
    }
  }

  /** Takes a file away, where it is there. */
  async remove(name: string): Promise<void> {
    await unlink(this.#at(name)).catch(() => undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }

  #at(name: string): string {
    if (name === '' || name === '.' || name === '..' || name.includes('/'))
      throw new TypeError(`no single name: ${name}`)
    return join(this.#base, name)
  }
}

/** The error of a folder or file that must not be written to. */
export function refused(file: string, reason: string): StepError {
  return stepError('STORE_REFUSED', { file, reason })
}

/** A failure of the file system by its name; every other error as it is. */
export function failed(file: string, error: unknown): unknown {
  const reason = errnoOf(error)
  return reason === undefined ? error : stepError('STORE_FAILED', { file, reason }, { cause: error })
}

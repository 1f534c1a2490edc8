import { stepError, type StepError } from '../core/errors.ts'
import type { Descriptor } from './descriptor.ts'
import { JsonFault } from './json.ts'

/** Runs a reader of JSON from the layout; its fault becomes LAYOUT_INVALID with the file's name. */
export function readingFile<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    throw stepError('LAYOUT_INVALID', { file, reason: error.message }, { cause: error })
  }
}

/** The error of a blob whose file is not as its descriptor says. */
export function blobChanged(descriptor: Descriptor, reason: string): StepError {
  return stepError('LAYOUT_BLOB_CHANGED', { digest: descriptor.digest, reason })
}

/** The error of a blob whose file holds so many bytes instead of those that its descriptor names. */
export function wrongSize(descriptor: Descriptor, size: bigint | number): StepError {
  return blobChanged(descriptor, `its file holds ${size} bytes, the descriptor says ${descriptor.size}`)
}

/** The error of an archive that cannot be read, or must not be. */
export function archiveInvalid(path: string, reason: string): StepError {
  return stepError('LAYOUT_ARCHIVE_INVALID', { path, reason })
}

/** The error of a file that leads out of the source, or is no plain file. */
export function outside(file: string, reason: string): StepError {
  return stepError('LAYOUT_LINK_OUTSIDE', { file, reason })
}

/** A failure of the file system by its name, such as EACCES; every other error as it is. */
export function unreadable(file: string, error: unknown): unknown {
  const reason = errnoOf(error)
  return reason === undefined ? error : stepError('LAYOUT_UNREADABLE', { file, reason }, { cause: error })
}

/** The name of a file system's error, such as ENOENT; undefined when the error is no such one. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined
}

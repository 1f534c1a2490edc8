import { closeSync, constants, fstatSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs'
import { stepError } from '../core/errors.ts'
import { envName } from './define-step.ts'

/** All containers of a pod share 12 KiB of results, and beyond that Tekton drops them without a word. */
export const longestResults = 1024

/**
 * Writes the results to the files that Tekton named, byte for byte. A path that is a link was planted by another container of the
 * pod and is refused. Throws RESULT_NOT_WRITTEN.
 */
export function writeResults(
  results: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>>,
): void {
  const size = Object.entries(results).reduce((sum, [name, value]) => sum + name.length + Buffer.byteLength(value), 0)
  for (const [name, value] of Object.entries(results)) {
    const path = env[envName('RESULT', name)] ?? ''
    const fail = (reason: string, cause?: unknown) =>
      stepError('RESULT_NOT_WRITTEN', { result: name, path: path || '(nowhere)', reason }, { cause })
    if (size > longestResults) throw fail(`the results take ${size} bytes together, more than ${longestResults}`)
    if (path === '') throw fail(`the variable ${envName('RESULT', name)} names no path`)
    try {
      writeResultFile(path, value)
    } catch (error) {
      throw fail(error instanceof Error ? error.message : String(error), error)
    }
  }
}

/** Takes results away again that were written for a step which then failed. A link there is removed, never followed. */
export function withdrawResults(names: readonly string[], env: Readonly<Record<string, string | undefined>>): void {
  for (const name of names) {
    try {
      rmSync(env[envName('RESULT', name)] ?? '', { force: true })
    } catch {
      // The step fails already: Tekton hands none of its results on.
    }
  }
}

function writeResultFile(path: string, value: string): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = openSync(path, flags, 0o644)
  try {
    const stat = fstatSync(file)
    if (!stat.isFile() || stat.nlink > 1) throw new Error('it is a link or no plain file')
    // Not before: opening with O_TRUNC would have emptied the target of a hard link.
    ftruncateSync(file)
    writeSync(file, value, 0)
  } finally {
    closeSync(file)
  }
}

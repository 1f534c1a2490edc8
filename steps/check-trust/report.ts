import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { stepError } from '../lib/core/errors.ts'
import type { Verdict } from '../lib/trust/verdict.ts'

/**
 * Writes the whole verdict as JSON. Never through a link: whoever shares the volume could have planted one. Throws TRUST_REPORT_NOT_WRITTEN.
 */
export async function writeReport(path: string, verdict: Verdict): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK
  try {
    await using file = await open(path, flags, 0o644)
    const stat = await file.stat()
    if (!stat.isFile() || stat.nlink > 1) throw new Error('it is a link or no plain file')
    // Not before: opening with O_TRUNC would have emptied the target of a hard link.
    await file.truncate(0)
    await file.writeFile(`${JSON.stringify(verdict, undefined, 2)}\n`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw stepError('TRUST_REPORT_NOT_WRITTEN', { path, reason }, { cause: error })
  }
}

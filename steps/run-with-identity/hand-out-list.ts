import { createHash, type Hash } from 'node:crypto'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RecordedHandOuts } from '../lib/audit/recorded-action.ts'
import { stepError } from '../lib/core/errors.ts'
import { rfc3339 } from '../lib/core/instant.ts'
import { isObject } from '../lib/core/strict-json.ts'

/** One line of the list. */
export type HandOut = {
  /** Id of its record. */
  readonly id: string
  readonly at: string
  readonly file: string
  readonly entry: string
  readonly expiresAt: string
  /** SHA-256 of its record's line. */
  readonly record: string
}

/** The list of all that was handed out, in a file that only our steps mount. */
export type HandOutList = {
  /** Throws BROKER_FOLDER_UNUSABLE: what is not on the list is not handed out. */
  add(handOut: HandOut): void
  summary(): RecordedHandOuts
}

/** Name of the list in the volume. */
const listFile = 'hand-outs.jsonl'

/** Opens the list; a broker that was started again goes on with that of the one before. Throws BROKER_FOLDER_UNUSABLE. */
export function openHandOutList(folder: string): HandOutList {
  const path = join(folder, listFile)
  const known = contentsOf(path)
  const hash: Hash = createHash('sha256').update(known)
  const lines = known.split('\n').slice(0, -1)
  let count = lines.length
  let lastEnd = Math.max(0, ...lines.map(endOf))
  return {
    add: (handOut) => {
      const line = `${JSON.stringify(handOut)}\n`
      try {
        appendFileSync(path, line, { mode: 0o600 })
      } catch (error) {
        throw unusable(path, error)
      }
      hash.update(line)
      count += 1
      lastEnd = Math.max(lastEnd, Date.parse(handOut.expiresAt))
    },
    summary: () => ({
      count,
      ...(lastEnd === 0 ? {} : { lastEnd: rfc3339(lastEnd) }),
      sha256: hash.copy().digest('hex'),
    }),
  }
}

function contentsOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw unusable(path, error)
  }
}

function endOf(line: string): number {
  const handOut: unknown = JSON.parse(line)
  return isObject(handOut) && typeof handOut['expiresAt'] === 'string' ? Date.parse(handOut['expiresAt']) : 0
}

function unusable(path: string, error: unknown) {
  const reason = error instanceof Error ? error.message : String(error)
  return stepError('BROKER_FOLDER_UNUSABLE', { path, reason }, { cause: error })
}

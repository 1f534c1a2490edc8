import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RecordedHandOuts } from '../lib/audit/recorded-action.ts'
import { stepError } from '../lib/core/errors.ts'
import { Secret } from '../lib/core/secret.ts'
import { isObject } from '../lib/core/strict-json.ts'
import type { ToldError } from '../lib/core/told-error.ts'

/** How a broker has ended, for the steps that find it gone. */
export type BrokerEnd = {
  /** Id of its record. */
  readonly broker: string
  /** Absent where it never came so far. */
  readonly handOuts?: RecordedHandOuts | undefined
  readonly error?: ToldError | undefined
}

const files = { secret: 'secret', end: 'end.json' } as const

/** The header by which our steps show that they know the secret. */
export const secretHeader = 'x-tekton-entra-secret'

/** The secret of this run: made by the first broker, known to who mounts the volume. Throws BROKER_FOLDER_UNUSABLE. */
export function makeSecret(folder: string): Secret {
  const path = join(folder, files.secret)
  return told(path, () => {
    if (!existsSync(path)) writeWhole(path, randomBytes(32).toString('base64url'))
    return readSecret(folder)
  })
}

/** Whether a broker of this run has made its secret. */
export function isThere(folder: string): boolean {
  return existsSync(join(folder, files.secret))
}

/** Reads the secret of this run. Throws BROKER_FOLDER_UNUSABLE. */
export function readSecret(folder: string): Secret {
  const path = join(folder, files.secret)
  return told(path, () => new Secret(readFileSync(path, 'utf8')))
}

/** Leaves word of how the broker has ended. Throws BROKER_FOLDER_UNUSABLE. */
export function writeEnd(folder: string, end: BrokerEnd): void {
  const path = join(folder, files.end)
  told(path, () => writeWhole(path, JSON.stringify(end)))
}

/** How a broker of this run has ended; undefined where none has, or none could say so. */
export function readEnd(folder: string): BrokerEnd | undefined {
  try {
    const end: unknown = JSON.parse(readFileSync(join(folder, files.end), 'utf8'))
    // Only a broker of ours writes there.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return isObject(end) && typeof end['broker'] === 'string' ? (end as unknown as BrokerEnd) : undefined
  } catch {
    return undefined
  }
}

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

function told<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw stepError('BROKER_FOLDER_UNUSABLE', { path, reason }, { cause: error })
  }
}

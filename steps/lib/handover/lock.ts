import { constants } from 'node:fs'
import { link, lstat, open, rename, unlink } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import type { Clock } from '../core/clock.ts'

/** A step that was killed while it wrote leaves its lock; nobody holds one for so long. */
const staleMs = 10_000
const waitMs = 20

/** Whose time a wait for others takes. */
export type Waiting = { readonly clock: Clock; readonly signal: AbortSignal }

/** Runs `work` while nobody else who asks so works on the same file. Waits for others until the signal aborts. */
export async function withLock<T>(path: string, { clock, signal }: Waiting, work: () => Promise<T>): Promise<T> {
  while (!(await take(path))) {
    await breakStale(path)
    await clock.sleep(waitMs, signal)
  }
  try {
    return await work()
  } finally {
    await unlink(path).catch(() => undefined)
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW
    await (await open(path, flags, 0o600)).close()
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Two may find the same one stale: who has then moved away a fresh one of the other puts it back. */
async function breakStale(path: string): Promise<void> {
  const seen = await lstat(path).catch(() => undefined)
  if (seen === undefined || Date.now() - seen.mtimeMs < staleMs) return
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await rename(path, aside)
    if ((await lstat(aside)).ino !== seen.ino) await link(aside, path).catch(() => undefined)
    await unlink(aside)
  } catch {
    // Somebody else was quicker.
  }
}

import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../../steps/lib/core/clock.ts'
import { withLock } from '../../../steps/lib/handover/lock.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'))
})
afterAll(async () => await rm(folder, { recursive: true }))

const waiting = { clock: systemClock, signal: new AbortController().signal }

test('lets one at a time in, and leaves nothing', async () => {
  let inside = 0
  let most = 0
  const work = async () => {
    inside += 1
    most = Math.max(most, inside)
    await new Promise((resolve) => setImmediate(resolve))
    inside -= 1
  }
  await Promise.all(Array.from({ length: 8 }, async () => await withLock(join(folder, 'a.lock'), waiting, work)))
  expect(most).toBe(1)
  expect(await readdir(folder)).toEqual([])
})

test('takes over what a killed step has left, and no lock that is held', async () => {
  const path = join(folder, 'b.lock')
  await writeFile(path, '')
  const signal = AbortSignal.timeout(100)
  await expect(withLock(path, { clock: systemClock, signal }, async () => 'in')).rejects.toThrow('aborted')
  const longAgo = new Date(Date.now() - 60_000)
  await utimes(path, longAgo, longAgo)
  expect(await withLock(path, waiting, async () => 'in')).toBe('in')
  expect(await readdir(folder)).toEqual([])
})

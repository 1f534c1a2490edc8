import { createInterface } from 'node:readline'
import { open } from '../../../steps/cli/control-client.ts'
import type { TimedEntry } from '../../sandbox/control/watched-journal.ts'
import { PATIENCE } from './ended.ts'
import { controlAddress } from './stage.ts'

/** Waits until the clouds have booked a request that fits, and gives it: what was booked earlier counts too. */
export async function untilAsked(
  what: string,
  fits: (entry: TimedEntry) => boolean,
  seconds = PATIENCE,
): Promise<TimedEntry> {
  const signal = AbortSignal.timeout(seconds * 1000)
  const stream = await open(controlAddress(), { method: 'GET', path: '/journal?follow=1' }, signal)
  try {
    for await (const line of createInterface({ input: stream })) {
      const entry: TimedEntry = JSON.parse(line)
      if (fits(entry)) return entry
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    stream.destroy()
  }
  throw new Error(`the clouds were not asked within ${seconds} s: ${what}`)
}

/** Waits until an upload into a repository stands still, by a fault that says `stall` or `delay`. */
export async function untilUploading(repository: string): Promise<TimedEntry> {
  return await untilAsked(`upload into ${repository}`, ({ method, path, refused }) => {
    return (
      method === 'PUT' && path.startsWith(`/v2/${repository}/blobs/uploads/`) && refused?.startsWith('fault:') === true
    )
  })
}

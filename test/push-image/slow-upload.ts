import type { FrontDoor, FrontDoorResult } from './front-door.ts'

/** How long the registries take by the sandbox's clock before they look at the uploads. Tokens outlive it. */
const slowMs = 60_000

export type SlowUpload = {
  /** Starts the push. */
  readonly push: () => Promise<FrontDoorResult>
  /** What happens while every blob's upload has begun and none is done; the image has this many blobs. */
  readonly act: () => void | Promise<void>
  readonly blobs?: number
}

/** Pushes to a registry that is slow to read; big blobs are then still half in their file. Uploads that begin later are not slowed down. */
export async function actDuringUpload(door: FrontDoor, { push, act, blobs = 3 }: SlowUpload): Promise<FrontDoorResult> {
  const { faults, journal, world } = door.sandbox
  const start = journal.entries.length
  const off = faults.on({ method: 'PUT', path: /\/blobs\/uploads\//, fault: { kind: 'delay', ms: slowMs } })
  const pushing = push()
  const slowed = () => journal.entries.slice(start).filter(({ refused }) => refused === 'fault: delay').length
  let ended = false
  const end = () => void (ended = true)
  pushing.then(end, end)
  while (slowed() < blobs && !ended) await new Promise((resolve) => setTimeout(resolve, 5))
  if (ended) throw new Error(`the run ended by itself: ${(await pushing).step.stderr}`)
  off()
  await act()
  world.clock.advance(slowMs)
  return await pushing
}

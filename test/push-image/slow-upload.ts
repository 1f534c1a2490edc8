import type { FaultRule } from '../sandbox/faults.ts'
import type { FrontDoor, FrontDoorResult } from './front-door.ts'

/** How long the registries take by the sandbox's clock before they look at the uploads. Tokens outlive it. */
const slowMs = 60_000

export type SlowUpload = {
  /** Starts the push. */
  readonly push: () => Promise<FrontDoorResult>
  /** What happens while so many slow requests have begun and none is done. */
  readonly act: () => void | Promise<void>
  /** Blobs of a fresh image when absent. */
  readonly count?: number
  /** Which requests are slow; uploads of blobs when absent. */
  readonly slow?: Omit<FaultRule, 'fault'>
}

const uploads = { method: 'PUT', path: /\/blobs\/uploads\// } as const

/** Pushes to a registry that is slow to read; big blobs are then still half in their file. Uploads that begin later are not slowed down. */
export async function actDuringUpload(
  door: FrontDoor,
  { push, act, count = 3, slow = uploads }: SlowUpload,
): Promise<FrontDoorResult> {
  const { faults, journal, world } = door.sandbox
  const start = journal.entries.length
  const off = faults.on({ ...slow, fault: { kind: 'delay', ms: slowMs } })
  const pushing = push()
  const slowed = () => journal.entries.slice(start).filter(({ refused }) => refused === 'fault: delay').length
  const { promise: begun, resolve } = Promise.withResolvers<undefined>()
  const poll = setInterval(() => slowed() < count || resolve(undefined), 5)
  const early = await Promise.race([pushing, begun]).finally(() => clearInterval(poll))
  if (early !== undefined) throw new Error(`the run ended by itself: ${early.step.stderr}`)
  off()
  await act()
  world.clock.advance(slowMs)
  return await pushing
}

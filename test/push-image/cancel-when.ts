import type { FrontDoor, FrontDoorResult, Variation } from './front-door.ts'

export type Cancellation = {
  readonly image: string
  /** When the signals are sent: as soon as this many requests of the run stand before a stall. */
  readonly holds: (stalled: number) => boolean
  readonly variation?: Variation
  readonly signals?: readonly NodeJS.Signals[]
}

/** Pushes, and sends the signals as soon as the condition holds. `tookMs`: from there to the end of the process. */
export async function cancelWhen(
  door: FrontDoor,
  { image, holds, variation = {}, signals = ['SIGTERM'] }: Cancellation,
): Promise<{ readonly result: FrontDoorResult; readonly tookMs: number }> {
  const start = door.sandbox.journal.entries.length
  const stalled = () => door.sandbox.journal.entries.slice(start).filter(isStall).length
  let poll: NodeJS.Timeout | undefined
  let sentAt: number | undefined
  const onSpawn = (kill: (signal: NodeJS.Signals) => void): void => {
    poll = setInterval(() => {
      if (!holds(stalled())) return
      clearInterval(poll)
      sentAt = performance.now()
      for (const signal of signals) kill(signal)
    }, 5)
  }
  const result = await door
    .push(image, { ...variation, run: { ...variation.run, onSpawn } })
    .finally(() => clearInterval(poll))
  if (sentAt === undefined) throw new Error(`the run ended by itself: ${result.step.stderr}`)
  return { result, tookMs: performance.now() - sentAt }
}

function isStall({ refused }: { readonly refused?: string }): boolean {
  return refused === 'fault: stall'
}

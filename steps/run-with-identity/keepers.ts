import type { Clock } from '../lib/core/clock.ts'
import { asStepError } from '../lib/core/errors.ts'
import type { Log } from '../lib/step/log.ts'
import type { Exchange, FreshActor } from './exchange.ts'
import type { HandOutPlace, HandOuts } from './hand-outs.ts'

/** A file on the memory volume that the broker keeps fresh. */
export type Keeper = {
  readonly place: HandOutPlace
  /** Obtains what is written, as an identity that was exchanged anew. Throws as an exchange does. */
  readonly obtain: (actor: FreshActor) => Promise<Kept>
}

/** What is written when its record is safe. */
export type Kept = {
  /** Epoch milliseconds. */
  readonly expiresAt: number
  readonly write: () => Promise<void>
}

type Keeping = {
  readonly exchange: Exchange
  readonly handOuts: HandOuts
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: Log
  readonly refreshAfterMs: number
}

/** After a failure a file is written anew as soon as this, or as `refresh-after` says. */
const againMs = 30_000

/** Writes every file once. Throws what an exchange and a hand-out throw. */
export async function keepOnce(keepers: readonly Keeper[], { exchange, handOuts }: Keeping): Promise<void> {
  for (const { place, obtain } of keepers) {
    const exchanged = await exchange(obtain)
    await handOuts.give(place, exchanged, async (kept) => await kept.write())
  }
}

/** Writes every file again and again until the signal aborts. What fails is said, and tried again: the file stays as it was, and ends when it ends. */
export async function keepFresh(keepers: readonly Keeper[], keeping: Keeping): Promise<void> {
  const { clock, signal, log, refreshAfterMs } = keeping
  await Promise.all(
    keepers.map(async (keeper) => {
      let waitMs = refreshAfterMs
      while (await sleptWhole(clock, waitMs, signal)) {
        try {
          await keepOnce([keeper], keeping)
          waitMs = refreshAfterMs
        } catch (error) {
          if (signal.aborted) return
          const { code, message } = asStepError(error)
          log.line('warning', `${keeper.place.file} was not written anew: ${code} ${message}`)
          waitMs = Math.min(againMs, refreshAfterMs)
        }
      }
    }),
  )
}

async function sleptWhole(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal)
    return true
  } catch {
    return false
  }
}

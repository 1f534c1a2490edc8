import { systemClock } from '../lib/core/clock.ts'
import { rfc3339 } from '../lib/core/instant.ts'
import type { KeptContent, KeptFile } from '../lib/federation/kept-files.ts'
import { keepFresh, type KeptEvent } from '../lib/handover/keep-fresh.ts'
import type { Exchange, Exchanged } from './exchange.ts'
import type { HandOuts } from './hand-outs.ts'
import type { Offer } from './offer.ts'
import type { Refusals } from './refusals.ts'
import type { Services } from '../lib/step/step-call.ts'

type Keeping = {
  readonly exchange: Exchange
  readonly handOuts: HandOuts
  readonly refusals: Refusals
  readonly services: Services
  readonly refreshAfterMs: number
  /** Obtains everything and writes nothing. */
  readonly dryRun: boolean
}

/** The files of a broker, as they are kept. */
export type Keepers = {
  readonly offers: readonly Offer[]
  /** Begins to write them anew; until then nobody does. */
  start(): void
  /** Takes their credentials away. What was on its way must have been waited for, and no more be handed out. It never throws. */
  stop(): Promise<void>
}

/** Writes every file once, each by an exchange of its own. Throws what an exchange and a hand-out throw. */
export async function openKeepers(files: readonly KeptFile[], keeping: Keeping): Promise<Keepers> {
  const { signal, abort } = openEnd()
  const firsts: { readonly file: KeptFile; readonly expiresAt: number }[] = []
  try {
    for (const file of files) firsts.push({ file, expiresAt: await renew(file, keeping) })
  } catch (error) {
    // All of them or none.
    await Promise.allSettled(firsts.map(async ({ file }) => await file.withdraw()))
    throw error
  }
  let running: Promise<unknown> = Promise.resolve()
  return {
    offers: firsts.map(offerOf),
    start: () => {
      running = Promise.all(firsts.map(async ({ file, expiresAt }) => await keep(file, expiresAt, { keeping, signal })))
    },
    stop: async () => {
      abort()
      await running
    },
  }
}

function openEnd() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort(new Error('sealed')) }
}

async function renew(file: KeptFile, { exchange, handOuts, services, dryRun }: Keeping): Promise<number> {
  const exchanged: Exchanged<KeptContent> = await exchange(async (actor) => await file.obtain(actor))
  exchanged.retell(services.record)
  const { value } = exchanged
  if (dryRun) await value.write()
  else await handOuts.give(file.place, exchanged, async (content) => await content.write())
  return value.expiresAt
}

type Kept = { readonly keeping: Keeping; readonly signal: AbortSignal }

async function keep(file: KeptFile, expiresAt: number, { keeping, signal }: Kept): Promise<void> {
  const name = file.place.file
  const kept = {
    name,
    renew: async () => await renew(file, keeping),
    withdraw: async () => await file.withdraw(),
  }
  const tell = (event: KeptEvent) => tellOf(name, event, keeping)
  await keepFresh(kept, expiresAt, { clock: systemClock, signal, oldestMs: keeping.refreshAfterMs, tell })
}

function tellOf(file: string, event: KeptEvent, { refusals, services: { log } }: Keeping): void {
  switch (event.kind) {
    case 'renewed':
      // The hand-out has said so.
      return
    case 'delayed':
      return log.line('warning', `${file} is not renewed yet: ${event.error.code} ${event.error.message}`)
    case 'ended':
      return log.line('warning', `${file} has ended, and was taken away until it can be renewed`)
    case 'refused':
      refusals.count(`${event.error.code} ${event.error.message}`)
      return log.line('warning', `${file} was taken away: ${event.error.code}`)
    case 'left':
      return log.line('warning', `${file} could not be taken away: ${event.error.message}`)
  }
}

function offerOf({ file: { place }, expiresAt }: { readonly file: KeptFile; readonly expiresAt: number }): Offer {
  return { what: place.entry, text: `${place.file}: ${place.entry}, now until ${rfc3339(expiresAt)}` }
}

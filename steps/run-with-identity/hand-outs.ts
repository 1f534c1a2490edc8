import { createHash, randomUUID } from 'node:crypto'
import { openRecord } from '../lib/audit/record.ts'
import type { RecordedHandOuts } from '../lib/audit/recorded-action.ts'
import { systemClock } from '../lib/core/clock.ts'
import { stepError } from '../lib/core/errors.ts'
import { rfc3339 } from '../lib/core/instant.ts'
import { version } from '../lib/core/version.ts'
import type { Services } from '../lib/step/step-call.ts'
import type { Ending, Exchanged } from './exchange.ts'
import type { HandOutList } from './hand-out-list.ts'
import type { HandOutSink } from './hand-out-sink.ts'

/** What records call the handing out of one thing. */
export const handOutStep = 'hand-out-identity'

/** Where something is handed out, and what it is found by. */
export type HandOutPlace = { readonly file: string; readonly entry: string }

/** The only way by which anything leaves the broker. */
export type HandOuts = {
  /**
   * Records that something is handed out, at the sink and on the list, and only then gives it to `deliver`. Throws BROKER_SEALED,
   * HANDOVER_NOT_RECORDED, BROKER_FOLDER_UNUSABLE; nothing was delivered then.
   */
  give<T extends Ending>(
    place: HandOutPlace,
    exchanged: Exchanged<T>,
    deliver: (value: T) => Promise<void>,
  ): Promise<void>
  /** From now on nothing is handed out; what is on its way is waited for. */
  seal(): Promise<RecordedHandOuts>
  /** Throws BROKER_SEALED. */
  requireOpen(): void
}

type Needs = { readonly list: HandOutList; readonly sink: HandOutSink; readonly services: Services }

/** Opens the hand-outs of a broker. */
export function createHandOuts({ list, sink, services }: Needs): HandOuts {
  const onTheirWay = new Set<Promise<void>>()
  const lastSaid = new Map<string, string>()
  let isSealed = false
  const requireOpen = () => {
    if (isSealed) throw stepError('BROKER_SEALED', {})
  }
  const record = async (place: HandOutPlace, { value, retell }: Exchanged<Ending>): Promise<void> => {
    const { context, recordId: broker, log } = services
    const [id, at] = [randomUUID(), systemClock.now()]
    const expiresAt = rfc3339(value.expiresAt)
    const draft = openRecord({ id, step: handOutStep, version, startedAt: at, context })
    retell(draft)
    draft.action({ target: place.entry, broker, handedOver: [{ ...place, expiresAt }] })
    const line = draft.finish({ outcome: 'ok', finishedAt: systemClock.now() })
    await sink(line)
    const sha256 = createHash('sha256').update(line).digest('hex')
    list.add({ id, at: rfc3339(at), ...place, expiresAt, record: sha256 })
    // Once for each thing: how often it was given the list says, and the seal.
    const said = `${place.entry}, by ${place.file}: ends ${expiresAt}`
    if (lastSaid.get(place.file) !== said) log.line('hand-out', said)
    lastSaid.set(place.file, said)
  }
  return {
    requireOpen,
    give: async (place, exchanged, deliver) => {
      requireOpen()
      const giving = record(place, exchanged).then(async () => await deliver(exchanged.value))
      onTheirWay.add(giving)
      try {
        await giving
      } finally {
        onTheirWay.delete(giving)
      }
    },
    seal: async () => {
      isSealed = true
      await Promise.allSettled(onTheirWay)
      return list.summary()
    },
  }
}

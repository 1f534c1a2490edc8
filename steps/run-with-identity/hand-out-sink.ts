import type { RecordSink } from '../lib/audit/record-sink.ts'
import { systemClock } from '../lib/core/clock.ts'
import { asStepError, stepError } from '../lib/core/errors.ts'
import type { Patience } from '../lib/core/retry.ts'
import { expiring } from '../lib/federation/expiring.ts'
import { deliver } from '../lib/sink/deliver.ts'
import { notDelivered } from '../lib/step/courier.ts'
import { openSink } from '../lib/step/open-sink.ts'
import { readSinkSettings } from '../lib/step/sink-settings.ts'
import type { Services } from '../lib/step/step-call.ts'

/** Brings the record of one hand-out to the profile's sink. Throws HANDOVER_NOT_RECORDED where it did not arrive, unless the profile says `warn`. */
export type HandOutSink = (line: string) => Promise<void>

/** How long a way to the sink is used, with its token; longer than most runs of requests, shorter than any token. */
const sinkLifeMs = 5 * 60_000

/** A client that waits has given up by then, and asks again. */
const deliveryMs = 8000

/** The way to the sink for hand-outs; without a sink every record is taken. */
export function openHandOutSink(step: string, services: Services): HandOutSink {
  const { log, context, record, given } = services
  const settings = readSinkSettings(given.env, [])
  if (settings === undefined) return async () => {}
  const patience = (): Patience => {
    const whole = services.patience(0)
    return { ...whole, deadlineAt: Math.min(whole.deadlineAt, whole.clock.now() + deliveryMs) }
  }
  const opened = expiring(
    systemClock,
    async () => {
      const sink: RecordSink = await openSink(settings, { step, env: given.env, context, record, patience: patience() })
      return { sink, expiresAt: systemClock.now() + sinkLifeMs }
    },
    0,
  )
  return async (line) => {
    try {
      const { sink } = await withinTime(opened.current(), settings.url.href)
      await withinTime(deliver(sink, line, patience()), sink.place)
    } catch (error) {
      const loss = asStepError(error)
      if (settings.failure === 'fail') throw notDelivered(settings, loss, 'HANDOVER_NOT_RECORDED')
      log.line('warning', `The record of a hand-out did not reach ${settings.url.href}: ${loss.code} ${loss.message}`)
    }
  }
}

/** A sink that takes a request and says nothing must not hold a client for ever. */
async function withinTime<T>(work: Promise<T>, sink: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    const late = () => reject(stepError('SINK_UNAVAILABLE', { sink, reason: 'it gave no answer in time' }))
    timer = setTimeout(late, deliveryMs)
  })
  try {
    return await Promise.race([work, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

import { randomBytes } from 'node:crypto'
import type { RecordedHandOuts } from '../lib/audit/recorded-action.ts'
import { systemClock } from '../lib/core/clock.ts'
import { stepError } from '../lib/core/errors.ts'
import { Secret } from '../lib/core/secret.ts'
import { openHandOver } from '../lib/step/hand-over.ts'
import type { StepCall } from '../lib/step/step-call.ts'
import { controlHandlers, type OpenAnswer, type Parting } from './control.ts'
import { createCredentials } from './credentials.ts'
import { dryHandlers, environmentOf, openHandlers } from './doors.ts'
import { prepareExchange } from './exchange.ts'
import { refuseExposedToken } from './exposed-token.ts'
import type { Front } from './front.ts'
import { openHandOutList } from './hand-out-list.ts'
import { openHandOutSink } from './hand-out-sink.ts'
import { createHandOuts, handOutStep, type HandOuts } from './hand-outs.ts'
import { openKeepers } from './keepers.ts'
import { openKeptFiles } from './kept-files.ts'
import { offer } from './offer.ts'
import type { Refusals } from './refusals.ts'
import { makeSecret } from './sealed-folder.ts'
import type { step } from './step.ts'

type Call = StepCall<typeof step>

/** What outlives the serving: for the last words. */
export type Serving = {
  readonly refusals: Refusals
  handOuts: RecordedHandOuts | undefined
  /** How those are told the end who have sealed. */
  readonly sealers: ((parting: Parting) => void)[]
}

/** Folder of the hand-over volume, and the file in it that AWS's clients send the content of. */
const guard = { folder: 'identity', authorization: 'aws-authorization' } as const

/** Hands out until it is sealed. Throws what an exchange throws before anything was handed out, and the reason of an abort. */
export async function serve(call: Call, front: Front, serving: Serving): Promise<void> {
  const { inputs, services } = call
  const { log, record, signal } = services
  record.action({ dryRun: inputs['dry-run'] })
  refuseExposedToken(services.given.env)
  const secret = makeSecret(services.sealed)
  const list = openHandOutList(services.sealed)
  const handOuts = createHandOuts({ list, sink: openHandOutSink(handOutStep, services), services })
  const opened = Promise.withResolvers<OpenAnswer>()
  const sealed = Promise.withResolvers<void>()
  const control = controlHandlers({
    secret,
    opened: opened.promise,
    seal: async (exitCode) => {
      const summary = await handOuts.seal()
      if (/^-?\d{1,9}$/.test(exitCode)) record.action({ exitCode: Number(exitCode) })
      log.line('sealed', `${summary.count} hand-outs, ${summary.sha256}`)
      // The answer is on its way before the record is.
      setImmediate(sealed.resolve)
      return { broker: services.recordId, dryRun: inputs['dry-run'], handOuts: summary }
    },
    onSealer: (part) => void serving.sealers.push(part),
  })
  let stopKeeping = async () => {}
  const onKept = (stop: typeof stopKeeping) => {
    stopKeeping = stop
  }
  try {
    front.serve(control)
    opened.resolve(await openDoors(call, { front, handOuts, control, onKept, refusals: serving.refusals }))
    await Promise.race([sealed.promise, endOf(signal)])
  } finally {
    serving.handOuts = await handOuts.seal()
    record.action({ handOuts: serving.handOuts })
    // After that nothing is on its way into a file.
    await stopKeeping()
  }
}

type Doors = {
  readonly front: Front
  readonly handOuts: HandOuts
  readonly control: ReturnType<typeof controlHandlers>
  readonly refusals: Refusals
  /** Told how to take the files away that are kept from now on. */
  readonly onKept: (stop: () => Promise<void>) => void
}

/** Obtains everything once, and only then opens the endpoints. */
async function openDoors(call: Call, { front, handOuts, control, refusals, onKept }: Doors): Promise<OpenAnswer> {
  const { inputs, services } = call
  const { log, record, recordId: broker } = services
  const dryRun = inputs['dry-run']
  const handOver = await openHandOver({ ...inputs, folder: guard.folder }, services)
  const authorization = new Secret(randomBytes(32).toString('base64url'))
  const exchange = prepareExchange(inputs, services)
  const refreshAfterMs = inputs['refresh-after']
  const credentials = createCredentials({ exchange, clock: systemClock, refreshAfterMs, record })
  const { files, environment } = await openKeptFiles(inputs, services)
  const handed = await offer(inputs, credentials)
  const keepers = await openKeepers(files, { exchange, handOuts, refusals, services, refreshAfterMs, dryRun })
  onKept(async () => await keepers.stop())
  const offers = [...handed, ...keepers.offers]
  record.action({ target: offers.map(({ what }) => what).join(', ') })
  for (const { text } of offers) log.line(dryRun ? 'plan' : 'offer', text)
  await handOver.write(guard.authorization, () => authorization)
  const answer: OpenAnswer = {
    broker,
    dryRun,
    offers: offers.map(({ text }) => text),
    environment: { ...environmentOf(inputs), ...environment },
  }
  if (dryRun) {
    front.serve({ ...control, ...dryHandlers() })
    return answer
  }
  keepers.start()
  const needs = { handOuts, credentials, refusals, clock: systemClock }
  front.serve({ ...control, ...openHandlers(inputs, { authorization, needs }) })
  return answer
}

/** Rejects with the reason when the run has to stop. */
async function endOf(signal: AbortSignal): Promise<never> {
  return await new Promise<never>((_, reject) => {
    const end = () =>
      reject(signal.reason instanceof Error ? signal.reason : stepError('INTERNAL', { reason: 'abort' }))
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
  })
}

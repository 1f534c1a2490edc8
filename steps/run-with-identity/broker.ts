import { errorRow } from '../lib/core/error-table.ts'
import { stepError } from '../lib/core/errors.ts'
import { tellError } from '../lib/core/told-error.ts'
import { envName } from '../lib/step/define-step.ts'
import { leave, type Leaving } from '../lib/step/leave.ts'
import { createLog } from '../lib/step/log.ts'
import { runStep } from '../lib/step/run-step.ts'
import type { StepCall } from '../lib/step/step-call.ts'
import { endedHandlers } from './control.ts'
import { openFront, type Front } from './front.ts'
import { countRefusals } from './refusals.ts'
import { makeSecret, readEnd, writeEnd, type BrokerEnd } from './sealed-folder.ts'
import { serve, type Serving } from './serve.ts'
import { step } from './step.ts'

/** Tekton sends SIGTERM to all of a pod at once: the command may need credentials to end well. */
const workOnMs = 20_000

/**
 * The life of the broker. Also one that hands out nothing becomes ready and waits for the first step, which then fails with the broker's own error:
 * a sidecar that has ended, or never is ready, would let the run go on, or hang. Returns the exit status; it never throws.
 */
export async function runBroker(host: NodeJS.Process): Promise<number> {
  const folder = host.env['SEALED_FOLDER'] ?? ''
  const before = readEnd(folder)
  const log = createLog((text) => host.stderr.write(text), 100)
  const refusals = countRefusals((reason) => log.line('refused', reason))
  const serving: Serving = { refusals, handOuts: undefined, sealers: [] }
  let front: Front | undefined
  const open = async (port: number) => (front ??= await openFront(port, refusals))
  const run = async (call: StepCall<typeof step>) => {
    // A container that is started again (native sidecars) would hand out what its record no longer covers.
    if (before !== undefined) throw stepError('BROKER_SEALED', {})
    await serve(call, await open(call.inputs.port), serving)
    return {}
  }
  const lastWords = async (leaving: Leaving): Promise<number> => {
    const status = await leave(leaving)
    refusals.tell(log)
    const end = before ?? endOf(leaving, serving)
    await toldTo(log, () => {
      if (before === undefined) writeEnd(folder, end)
    })
    for (const part of serving.sealers) part({ status })
    if (leaving.end.error === undefined || status === errorRow('CANCELLED').exit) return status
    await toldTo(log, async () => {
      const own = await open(Number(leaving.env[envName('PARAM', 'port')]))
      await beAsked(host, own, { folder, end })
    })
    return status
  }
  return await runStep(step, async () => run, host, { log: (own) => own, leave: lastWords, workOnMs })
}

function endOf({ id, end }: Leaving, { handOuts }: Serving): BrokerEnd {
  return { broker: id, handOuts, ...(end.error === undefined ? {} : { error: tellError(end.error) }) }
}

/** Says to everybody that nothing is handed out, until one of our steps has asked, or the pod ends. */
async function beAsked(
  host: NodeJS.Process,
  front: Front,
  { folder, end }: { readonly folder: string; readonly end: BrokerEnd },
): Promise<void> {
  await new Promise<void>((resolve) => {
    host.once('SIGTERM', resolve)
    front.serve(endedHandlers(makeSecret(folder), { end, onAsked: resolve }))
  })
}

/** What goes wrong after the record is out can only be said. */
async function toldTo(log: ReturnType<typeof createLog>, work: () => Promise<void> | void): Promise<void> {
  try {
    await work()
  } catch (error) {
    log.line('warning', error instanceof Error ? error.message : String(error))
  }
}

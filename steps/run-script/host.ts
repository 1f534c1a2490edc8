import { rfc3339 } from '../lib/core/instant.ts'
import { printable, StepError, stepError } from '../lib/core/errors.ts'
import type { ResultsOf } from '../lib/step/define-step.ts'
import type { Services } from '../lib/step/step-call.ts'
import type { Clouds } from './clouds.ts'
import { createLineMask, type Mask } from './mask.ts'
import type { ScriptSource } from './script-source.ts'
import type { Shell } from './shell.ts'
import { startScript } from './start-script.ts'
import { step } from './step.ts'
import type { Failure, Said, Start, Tell } from './wire.ts'

/** What a script has set of what the step declares. */
type Results = Partial<ResultsOf<typeof step>>

/** The side of a script that is ours: what it is given, what it says, and how it ends. */
export type Host = {
  /** Books what the script itself was given. */
  handedOver(entry: string, expiresAt: number): void
  /** Runs it to its end. Throws SCRIPT_*, and what it was refused with where it did not catch that. */
  run(start: Pick<Start, 'params' | 'workspaces' | 'check'>, clouds: Clouds): Promise<Results>
}

type Needs = {
  readonly script: ScriptSource
  readonly shell: Shell | undefined
  readonly services: Services
  readonly mask: Mask
}

/** What is known of a script while it runs. */
type State = {
  readonly results: Record<string, string>
  /** Our own errors by the question that each answered. */
  readonly refusals: Map<number, unknown>
  failure: Failure | undefined
  /** Why it was ended by us. */
  ended: StepError | undefined
}

/** The record has to stay on one line of a log. */
const recordedEntries = 24

/** Makes the host of one script. */
export function createHost({ script, shell, services, mask }: Needs): Host {
  const { log, record, signal } = services
  const handedOver = new Map<string, { file: string; entry: string; expiresAt: string }>()
  const notes: string[] = []
  const state: State = { results: {}, refusals: new Map(), failure: undefined, ended: undefined }
  const isShown = (text: string, place: string): boolean => {
    if (!mask.shows(text)) return false
    state.ended = stepError('SCRIPT_SECRET_SHOWN', { script: script.name, place })
    return true
  }
  /** Whether the script may go on. */
  const hear = (said: Tell): boolean => {
    if (said.kind === 'result') {
      if (isShown(said.value, `the result ${said.name}`)) return false
      state.results[said.name] = said.value
    } else if (said.kind === 'note') {
      if (isShown(said.text, 'the record')) return false
      notes.push(said.text)
      log.line('note', printable(said.text))
      record.action({ notes: [...notes] })
    } else state.failure ??= said
    return true
  }
  return {
    handedOver: (entry, expiresAt) => {
      handedOver.set(entry, { file: script.name, entry, expiresAt: rfc3339(expiresAt) })
      record.action({ handedOver: [...handedOver.values()].slice(-recordedEntries) })
      log.line('given', `${entry}, to the script itself: ends ${rfc3339(expiresAt)}`)
    },
    run: async (start, clouds) => {
      const lines = createLineMask(
        mask,
        scriptLine(services),
        onceOnly(() =>
          log.line('masked', 'The script printed a credential of this run: [secret] stands in its place.'),
        ),
      )
      const running = startScript({
        start: { ...start, name: script.name, text: script.text, results: Object.keys(step.results) },
        folders: Object.values(start.workspaces),
        shell,
        signal,
        onText: (piece) => lines.write(piece),
        onSaid: (said) => {
          if (said.kind === 'ask') void answer(said)
          else if (!hear(said)) running.kill()
        },
      })
      const answer = async ({ id, ask }: Extract<Said, { kind: 'ask' }>) => {
        try {
          running.say({ kind: 'answer', id, value: await clouds.answer(ask) })
        } catch (error) {
          state.refusals.set(id, error)
          const message = mask.hide(error instanceof Error ? error.message : String(error))
          running.say({ kind: 'refusal', id, code: error instanceof StepError ? error.code : 'TypeError', message })
        }
      }
      const end = await running.ended
      lines.end()
      signal.throwIfAborted()
      throwFailure(state, { script, services, mask }, end)
      return state.results
    },
  }
}

type End = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

function throwFailure(
  { ended, failure, refusals }: State,
  { script, services, mask }: Omit<Needs, 'shell'>,
  end: End,
): void {
  if (ended !== undefined) throw ended
  if (failure !== undefined) {
    const refusal = failure.refusal === undefined ? undefined : refusals.get(failure.refusal)
    if (refusal instanceof StepError) {
      services.log.line('script', `refused what it asked at ${failure.place}`)
      // The error of the refusal says best what is to be done.
      throw refusal
    }
    if (failure.kind === 'no-shell') throw stepError('SCRIPT_SHELL_ABSENT', { place: failure.place })
    const values = { place: failure.place, reason: mask.hide(failure.reason) }
    throw stepError(failure.kind === 'invalid' ? 'SCRIPT_INVALID' : 'SCRIPT_FAILED', values)
  }
  if (end.code === 0) return
  const how = end.signal === null ? `its exit status is ${end.code}` : `it was ended by ${end.signal}`
  throw stepError('SCRIPT_EXITED', { script: script.name, how })
}

/** Its output in the log, every line with the word that says whose it is. */
function scriptLine({ log }: Services): (line: string) => void {
  return (line) => {
    for (let from = 0; from === 0 || from < line.length; from += longestPiece)
      log.line('script', printable(line.slice(from, from + longestPiece)))
  }
}

const longestPiece = 2000

function onceOnly(tell: () => void): () => void {
  let isTold = false
  return () => {
    if (!isTold) tell()
    isTold = true
  }
}

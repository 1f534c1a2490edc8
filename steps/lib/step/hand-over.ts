import { rfc3339 } from '../core/instant.ts'
import { systemClock } from '../core/clock.ts'
import { openHandOverFolder, type HandOverFolder, type Merge } from '../handover/hand-over-folder.ts'
import { showDuration } from './duration.ts'
import type { Services } from './step-call.ts'

/** What one hand-over writes: an entry of a file. `expiresAt` in epoch milliseconds; undefined where it renews itself. */
export type HandedOver = { readonly file: string; readonly entry: string; readonly expiresAt: number | undefined }

/** What of a step's inputs decides where and how it is written. */
type HandOverInputs = { readonly folder: string; readonly 'file-mode': '0600' | '0640'; readonly 'dry-run': boolean }

/** The way into the hand-over volume of one step call. */
export type HandOver = AsyncDisposable & {
  /** Path of a file as people see it. */
  pathOf(file: string): string
  /** Writes, or in a dry run shows that it could. Throws HANDOVER_*. */
  write(file: string, merge: Merge): Promise<void>
  /** Takes a file away; in a dry run nothing. Throws HANDOVER_NOT_WRITTEN. */
  remove(file: string): Promise<void>
  /** Tells people and the record what there is now and when it ends; gives the result that says so. */
  tell(entries: readonly HandedOver[]): { readonly EXPIRES_AT: string }
}

/** The record has to stay on one line of a log. */
const recordedEntries = 24

/** Opens the hand-over volume: before anything is obtained, so that what cannot be handed over never exists. Throws HANDOVER_*. */
export async function openHandOver(inputs: HandOverInputs, services: Services): Promise<HandOver> {
  const dryRun = inputs['dry-run']
  const folder: HandOverFolder = await openHandOverFolder({
    volume: services.handOver,
    folder: inputs.folder,
    mode: inputs['file-mode'] === '0640' ? 0o640 : 0o600,
    clock: systemClock,
    signal: services.signal,
  })
  const pathOf = (file: string) => `${folder.path}/${file}`
  return {
    pathOf,
    write: async (file, merge) => await (dryRun ? folder.rehearse(file, merge) : folder.write(file, merge)),
    remove: async (file) => {
      if (!dryRun) await folder.remove(file)
    },
    tell: (entries) => {
      const shown = entries.map(({ file, ...entry }) => ({ ...entry, file: pathOf(file) }))
      for (const entry of shown) services.log.line(dryRun ? 'plan' : 'written', entryText(entry))
      if (dryRun) {
        services.log.line('dry run', 'Nothing was written.')
        return { EXPIRES_AT: '' }
      }
      services.record.action({ handedOver: shown.slice(0, recordedEntries).map(recorded) })
      const ends = entries.flatMap(({ expiresAt }) => expiresAt ?? [])
      return { EXPIRES_AT: ends.length === 0 ? '' : rfc3339(Math.min(...ends)) }
    },
    [Symbol.asyncDispose]: async () => await folder[Symbol.asyncDispose](),
  }
}

function entryText({ file, entry, expiresAt }: HandedOver): string {
  if (expiresAt === undefined) return `${entry} in ${file}: renews itself`
  const left = showDuration(Math.max(0, expiresAt - systemClock.now()))
  return `${entry} in ${file}: ends ${rfc3339(expiresAt)}, in ${left}`
}

function recorded({ file, entry, expiresAt }: HandedOver) {
  return { file, entry, ...(expiresAt === undefined ? {} : { expiresAt: rfc3339(expiresAt) }) }
}

import type { Clock } from '../core/clock.ts'
import { showBytes } from './bytes.ts'
import { showDuration } from './duration.ts'
import type { Log } from './log.ts'

/** Shows how a transfer goes on: a bar where a person looks, a line now and then in a pod's log. */
export type Progress = {
  /** Begins a transfer of so many bytes in so many blobs. */
  begin(total: { bytes: number; blobs: number }): void
  /** So many more bytes; negative when an attempt failed and its bytes count no more. */
  sent(bytes: number): void
  /** A blob is done. */
  blobDone(): void
  /** Ends it, also after a failure; nothing is shown any more. */
  end(): void
}

type Terminal = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown }

const barEveryMs = 100
const lineEveryMs = 5000
const barCells = 24

/** Made once for a step; `terminal` is standard error. */
export function createProgress(log: Log, terminal: Terminal, clock: Clock): Progress {
  const bar = terminal.isTTY === true
  let total = { bytes: 0, blobs: 0 }
  let done = { bytes: 0, blobs: 0 }
  let startedAt = 0
  let timer: NodeJS.Timeout | undefined
  const state = () => describe(done, total, clock.now() - startedAt)
  const show = () => {
    if (bar) terminal.write(`\r\u001b[K${'progress'.padEnd(9)}${drawBar(done.bytes, total.bytes)} ${state()}`)
    else log.line('progress', state())
  }
  return {
    begin: (wanted) => {
      total = wanted
      done = { bytes: 0, blobs: 0 }
      startedAt = clock.now()
      timer = setInterval(show, bar ? barEveryMs : lineEveryMs)
      timer.unref()
    },
    sent: (bytes) => {
      done = { ...done, bytes: done.bytes + bytes }
    },
    blobDone: () => {
      done = { ...done, blobs: done.blobs + 1 }
    },
    end: () => {
      if (timer === undefined) return
      clearInterval(timer)
      timer = undefined
      if (bar) terminal.write('\r\u001b[K')
    },
  }
}

function describe(done: { bytes: number; blobs: number }, total: { bytes: number; blobs: number }, ms: number): string {
  const rate = ms > 0 ? (done.bytes / ms) * 1000 : 0
  const left = rate > 0 ? `, ${showDuration(((total.bytes - done.bytes) / rate) * 1000)} left` : ''
  return `${showBytes(done.bytes)} of ${showBytes(total.bytes)}, ${showBytes(rate)}/s${left}, ${done.blobs} of ${total.blobs} blobs`
}

function drawBar(done: number, total: number): string {
  const full = total > 0 ? Math.min(barCells, Math.floor((done / total) * barCells)) : barCells
  return `[${'='.repeat(full)}${' '.repeat(barCells - full)}]`
}

import type { Log } from '../../steps/lib/step/log.ts'
import type { Aim } from './aims.ts'
import type { Sample } from './statistics.ts'

/** One program that is compared with others; each run is a whole process. */
export type Contender = {
  readonly tool: string
  readonly version: string
  /** Runs it once; `run` is another number each time, so that it can write to another place. */
  readonly run: (run: number) => Promise<Sample>
}

/** A program that cannot take part, and why. */
export type Absent = { readonly tool: string; readonly absent: string }

/** Programs that do the same work on the same input against the same sink, one after the other, again and again. */
export type Match = {
  /** `''` where there is nothing that is written to. */
  readonly sink: string
  readonly contenders: readonly (Contender | Absent)[]
  /** Of each program before those that count. */
  readonly warmUps: number
  /** Between two runs, outside of what is measured. */
  readonly between?: () => Promise<void>
}

/** What rows share in one run of the benchmark. */
export type Bench = {
  /** A folder in memory, for inputs and registries; it goes away at the end. */
  readonly folder: string
  /** Bundles of our own, as the image carries them. */
  readonly programs: Readonly<Record<'push' | 'copy' | 'pull' | 'exchange' | 'step', string>>
  /** The short version: one sink less, no program that is slow to start. */
  readonly isQuick: boolean
  /** What sizes are divided by, to try the harness out. */
  readonly shrink: number
  readonly log: Log
}

/** One row of the results. */
export type Row = {
  readonly name: string
  /** What it measures, for the report. */
  readonly title: string
  readonly aims: readonly Aim[]
  readonly isQuick: boolean
  /** Makes its input and opens its sinks, gives match after match, and takes everything away. */
  matches(bench: Bench): AsyncGenerator<Match>
}

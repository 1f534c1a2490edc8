import { machineName } from './machine.ts'
import { ours, type Absence, type Result } from './result.ts'
import type { Absent, Bench, Contender, Match, Row } from './row.ts'
import { summarize, type Sample } from './statistics.ts'

/** What a run of rows comes to. */
export type Measured = { readonly results: readonly Result[]; readonly absences: readonly Absence[] }

type Running = {
  readonly bench: Bench
  readonly runs: number
  /** Told of each row when it is done, with all that was measured so far. */
  readonly onRow?: (measured: Measured) => Promise<void>
}

/** Runs rows one after the other, and tells of each result as it is there. */
export async function runRows(rows: readonly Row[], { bench, runs, onRow }: Running): Promise<Measured> {
  const results: Result[] = []
  const absences: Absence[] = []
  for (const row of rows) {
    const { name, title } = row
    bench.log.line('row', `${name}: ${title}`)
    for await (const match of row.matches(bench)) {
      const played = await play(match, runs)
      for (const [tool, reason] of played.absent) absences.push({ row: name, sink: match.sink, tool, reason })
      for (const [{ tool, version }, samples] of played.samples) {
        const named = { row: name, tool, version, sink: match.sink }
        const result = { ...named, ...summarize(samples), machine: machineName() }
        results.push(result)
        bench.log.line('result', shown(result))
      }
    }
    await onRow?.({ results, absences })
  }
  return { results, absences }
}

type Played = {
  readonly samples: ReadonlyMap<Contender, readonly Sample[]>
  /** By their names, with the reason. */
  readonly absent: ReadonlyMap<string, string>
}

/** Interleaved: what disturbs the machine for a while disturbs all of them. A peer that fails is out; a failure of ours is thrown. */
async function play({ between, warmUps, contenders }: Match, runs: number): Promise<Played> {
  const absent = new Map(contenders.flatMap((one) => (isThere(one) ? [] : [[one.tool, one.absent] as const])))
  const samples = new Map<Contender, Sample[]>(contenders.filter(isThere).map((contender) => [contender, []]))
  for (let run = 0; run < warmUps + runs; run += 1) {
    for (const [contender, taken] of samples) {
      await between?.()
      const sample = await contender.run(run).catch((error: unknown) => {
        if (contender.tool.startsWith(ours)) throw error
        absent.set(contender.tool, `it failed (${String(error).slice(0, 300).replaceAll('\n', ' ')})`)
        samples.delete(contender)
      })
      if (sample !== undefined && run >= warmUps) taken.push(sample)
    }
  }
  return { samples, absent }
}

function isThere(one: Contender | Absent): one is Contender {
  return 'run' in one
}

function shown({ sink, tool, version, median_ms, min_ms, max_ms, peak_rss_mb, cpu_ms, ...served }: Result): string {
  const { per_second: count, p99_ms: p99 } = served
  const rate = count === undefined ? '' : `, ${count} a second, p99 ${p99} ms`
  const times = `${median_ms} ms (${min_ms} to ${max_ms})`
  return `${sink.padEnd(18)} ${`${tool} ${version}`.padEnd(28)} ${times.padEnd(30)} ${peak_rss_mb} MB, cpu ${cpu_ms} ms${rate}`
}

import { machineName } from './machine.ts'
import type { Absence, Result } from './result.ts'
import type { Absent, Bench, Contender, Match, Row } from './row.ts'
import { summarize, type Sample } from './statistics.ts'

/** What a run of rows comes to. */
export type Measured = { readonly results: readonly Result[]; readonly absences: readonly Absence[] }

/** Runs rows one after the other, and tells of each result as it is there. */
export async function runRows(rows: readonly Row[], bench: Bench, runs: number): Promise<Measured> {
  const results: Result[] = []
  const absences: Absence[] = []
  for (const row of rows) {
    bench.log.line('row', `${row.name}: ${row.title}`)
    for await (const match of row.matches(bench)) {
      const there = match.contenders.filter(isThere)
      for (const one of match.contenders)
        if (!isThere(one)) absences.push({ row: row.name, sink: match.sink, tool: one.tool, reason: one.absent })
      for (const [{ tool, version }, samples] of await play(match, there, runs)) {
        const named = { row: row.name, tool, version, sink: match.sink }
        const result = { ...named, ...summarize(samples), machine: machineName() }
        results.push(result)
        bench.log.line('result', shown(result))
      }
    }
  }
  return { results, absences }
}

/** Interleaved: what disturbs the machine for a while disturbs all of them. */
async function play(
  { between, warmUps }: Match,
  contenders: readonly Contender[],
  runs: number,
): Promise<ReadonlyMap<Contender, readonly Sample[]>> {
  const samples = new Map<Contender, Sample[]>(contenders.map((contender) => [contender, []]))
  for (let run = 0; run < warmUps + runs; run += 1) {
    for (const [contender, taken] of samples) {
      await between?.()
      const sample = await contender.run(run)
      if (run >= warmUps) taken.push(sample)
    }
  }
  return samples
}

function isThere(one: Contender | Absent): one is Contender {
  return 'run' in one
}

function shown({ sink, tool, version, median_ms, min_ms, max_ms, peak_rss_mb, cpu_ms }: Result): string {
  const times = `${median_ms} ms (${min_ms} to ${max_ms})`
  return `${sink.padEnd(18)} ${`${tool} ${version}`.padEnd(28)} ${times.padEnd(30)} ${peak_rss_mb} MB, cpu ${cpu_ms} ms`
}

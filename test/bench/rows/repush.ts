import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Source } from '../inputs/source.ts'
import type { Bench, Match, Row } from '../row.ts'
import { sinksFor, type OpenSink } from '../sinks/open-sinks.ts'
import { bareNode, engine, peer } from '../tools/contenders.ts'
import { peersNamed } from '../tools/peers.ts'
import { inputs, type Input } from './push.ts'

/** Pushes of what the registry has already, under the same tag. */
function repushRow(input: Input, isQuick: boolean): Row {
  const { what, write } = inputs[input]
  return {
    name: `repush-${input}`,
    title: `The same push once more, ${what}`,
    aims: [
      { kind: 'time', atMost: 60 },
      { kind: 'ratio', against: ['regctl'], atMost: 1 },
    ],
    isQuick,
    matches: async function* (bench) {
      const folder = await mkdtemp(join(bench.folder, 'input-'))
      try {
        const source = await write(folder, bench)
        for (const open of sinksFor(bench)) yield* repushesTo(open, source, bench)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

async function* repushesTo(open: OpenSink, source: Source, bench: Bench): AsyncGenerator<Match> {
  await using sink = await open()
  const contest = { bench, source, sinks: [sink], repository: 'bench/again' }
  const own = await engine(contest)
  await own.run(0)
  const others = peersNamed('crane', 'regctl', 'oras', 'skopeo').map(async (tool) => await peer(contest, tool))
  const contenders = [own, ...(await Promise.all(others)), await bareNode(bench)]
  yield { sink: sink.name, contenders, warmUps: 1 }
}

/** Second pushes. */
export const repushRows: readonly Row[] = [
  repushRow('20mb', true),
  repushRow('200x100kb', false),
  repushRow('1gb', false),
  repushRow('5gb', false),
]

import type { Aim } from '../aims.ts'
import type { Row } from '../row.ts'
import { sinksFor } from '../sinks/open-sinks.ts'
import { slowed } from '../sinks/slow-sink.ts'
import { inputs, pushRow, type Input } from './push.ts'

const asFastest: readonly Aim[] = [{ kind: 'fastest', atMost: 1 }]

function slowRow(input: Input): Row {
  const { what, write } = inputs[input]
  return pushRow({
    name: `slow-${input}`,
    title: `Push of ${what} over 100 Mbit/s with a round trip of 50 ms`,
    write,
    aims: asFastest,
    peers: ['crane', 'regctl', 'oras', 'skopeo'],
    warmUps: 0,
    sinks: (bench) => sinksFor(bench, 'null http', 'null https').map((open) => async () => await slowed(await open())),
  })
}

/** Pushes over a line as it is between a cluster and a registry elsewhere. */
export const slowRows: readonly Row[] = [slowRow('20mb'), slowRow('40x100kb')]

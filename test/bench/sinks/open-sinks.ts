import { findTool } from '../../foreign/tools.ts'
import type { Bench } from '../row.ts'
import { startDistribution } from './distribution.ts'
import { startNullSink } from './null-sink.ts'
import type { Sink } from './sink.ts'

/** Opens one sink. */
export type OpenSink = () => Promise<Sink>

/** The sinks that rows push to, by their names. */
export const sinkNames = ['distribution http', 'distribution https', 'null http', 'null https'] as const

export type SinkName = (typeof sinkNames)[number]

const quick: ReadonlySet<SinkName> = new Set<SinkName>(['distribution http', 'null http'])

/** All sinks, or those named. The short version leaves TLS out; where distribution is not built, it is left out and said. */
export function sinksFor(bench: Bench, ...names: readonly SinkName[]): readonly OpenSink[] {
  const asked = names.length > 0 ? names : sinkNames.filter((name) => !bench.isQuick || quick.has(name))
  const isThere = findTool('distribution') !== undefined
  const open = asked.filter((name) => isThere || name.startsWith('null'))
  if (open.length < asked.length)
    bench.log.line('absent', 'no distribution here: .ci/run builds it from test/foreign/go.mod')
  return open.map((name) => async () => await openSink(name, bench))
}

async function openSink(name: SinkName, { folder }: Bench): Promise<Sink> {
  const scheme = name.endsWith('https') ? 'https' : 'http'
  return name.startsWith('null') ? await startNullSink(scheme) : await startDistribution(scheme, folder)
}

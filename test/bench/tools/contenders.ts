import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { version } from '../../../steps/lib/core/version.ts'
import { measure } from '../measure.ts'
import { ours } from '../result.ts'
import type { Absent, Bench, Contender } from '../row.ts'
import type { Source } from '../inputs/source.ts'
import { expectImage, type Sink } from '../sinks/sink.ts'
import { imageEnvironment } from './image-environment.ts'
import { pushCall, type PushTool } from './push-tool.ts'

/** What several programs push. */
export type Contest = {
  readonly bench: Bench
  readonly source: Source
  /** Pushed to one after the other by peers, at once by us. */
  readonly sinks: readonly Sink[]
  /** Where a program pushes to in a run; another place each time unless told otherwise. */
  readonly repository?: string
}

/** Our engine as a whole process. */
export async function engine(contest: Contest, tool: string = ours): Promise<Contender> {
  const { bench, source } = contest
  const folder = await mkdtemp(join(bench.folder, 'ours-'))
  return {
    tool,
    version,
    run: async (run) => {
      const repository = repositoryOf(contest, tool, run)
      const to = contest.sinks.flatMap(({ origin }) => ['--to', new URL(`/${repository}:v1`, origin).href])
      const ca = contest.sinks.flatMap(({ caPem }) => caPem ?? [])
      const argv = [process.execPath, bench.programs.push, '--source', source.path, ...to, '--scratch', folder]
      const env = { ...imageEnvironment, ...(ca.length === 0 ? {} : { CA_PEM: ca.join('\n') }) }
      const sample = await measure([{ argv, env }], folder)
      for (const sink of contest.sinks) await expectImage(sink, repository, 'v1')
      return sample
    },
  }
}

/** A peer as whole processes, one for each sink. */
export async function peer(contest: Contest, pushTool: PushTool): Promise<Contender | Absent> {
  const { bench, source, sinks } = contest
  const { tool } = pushTool
  const found = pushTool.find()
  if ('absent' in found) return { tool, absent: found.absent }
  if (!pushTool.takes.includes(source.kind)) return { tool, absent: `it does not read a ${source.kind}` }
  const folder = await mkdtemp(join(bench.folder, `${pushTool.tool.replaceAll(' ', '-')}-`))
  return {
    tool,
    version: await pushTool.version(found.path),
    run: async (run) => {
      const repository = repositoryOf(contest, tool, run)
      const jobs = sinks.map((sink) => ({ source, sink, repository, tag: 'v1' }))
      const calls = await Promise.all(jobs.map((job) => pushCall(pushTool, found.path, { job, folder })))
      const sample = await measure(calls, folder)
      for (const sink of sinks) await expectImage(sink, repository, 'v1')
      return sample
    },
  }
}

/** The runtime that we stand on, doing nothing: what no program of ours can go below. */
export async function bareNode(bench: Bench): Promise<Contender> {
  const folder = await mkdtemp(join(bench.folder, 'node-'))
  const call = { argv: [process.execPath, '-e', '0'], env: imageEnvironment }
  return { tool: 'node', version: process.version, run: async () => await measure([call], folder) }
}

/** A name that every registry takes. */
function repositoryOf({ repository }: Contest, tool: string, run: number): string {
  return repository ?? `bench/${tool.replaceAll(/[^a-z]+/g, '-')}-${run}`
}

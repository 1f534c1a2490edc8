import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { version } from '../../../steps/lib/core/version.ts'
import type { Aim } from '../aims.ts'
import { measure } from '../measure.ts'
import { ours } from '../result.ts'
import type { Absent, Bench, Contender, Match, Row } from '../row.ts'
import { sinksFor } from '../sinks/open-sinks.ts'
import { expectImage, type Sink } from '../sinks/sink.ts'
import { bareNode, engine } from '../tools/contenders.ts'
import { copyCall, copyTools, type CopyJob, type CopyTool, type Place } from '../tools/copy-tools.ts'
import { imageEnvironment } from '../tools/image-environment.ts'
import { inputs } from './push.ts'

const lean: Aim = { kind: 'memory', atMost: 100 }
const seeded = { repository: 'bench/source', tag: 'v1' } as const
const what = inputs['1gb'].what

/** Where a program takes an image to, a place of its own in each run; `check` throws unless it is there. */
type Course = {
  readonly bench: Bench
  readonly program: 'copy' | 'pull'
  readonly job: (tool: string, run: number) => Promise<CopyJob>
  readonly check: (job: CopyJob) => Promise<void>
}

/** From one registry to another. */
const copyRow: Row = {
  name: 'copy-1gb',
  title: `Copy of ${what} from CNCF's distribution to another registry`,
  aims: [{ kind: 'fastest', atMost: 1 }, lean],
  isQuick: false,
  matches: async function* (bench) {
    for (const openTo of sinksFor(bench, 'distribution http', 'null http', 'null https')) {
      await using stage = await openSource(bench, 'distribution http')
      if (stage.from === undefined) return
      await using to = await openTo()
      const { from } = stage
      const course = toRegistry(bench, from, to)
      yield { sink: `to ${to.name}`, contenders: await contendersOf(course), warmUps: 0, between: () => to.clear() }
    }
  },
}

/** Into another repository of the same registry, which takes the blobs over. */
const mountRow: Row = {
  name: 'mount-1gb',
  title: `Copy of ${what} to another repository of the same registry`,
  aims: [{ kind: 'ratio', against: ['node'], atMost: 3 }],
  isQuick: false,
  matches: async function* (bench) {
    await using stage = await openSource(bench, 'distribution http')
    if (stage.from === undefined) return
    const contenders = await contendersOf(toRegistry(bench, stage.from, stage.from.sink))
    yield { sink: stage.from.sink.name, contenders: [...contenders, await bareNode(bench)], warmUps: 1 }
  },
}

/** Into a folder. */
const pullRow: Row = {
  name: 'pull-1gb',
  title: `Pull of ${what} from CNCF's distribution into a layout, in memory`,
  aims: [{ kind: 'fastest', atMost: 1 }, lean],
  isQuick: false,
  matches: async function* (bench) {
    for (const name of ['distribution http', 'distribution https'] as const) {
      await using stage = await openSource(bench, name)
      if (stage.from === undefined) return
      const folder = await mkdtemp(join(bench.folder, 'pulled-'))
      const between = async (): Promise<void> => await rm(join(folder, 'layout'), { recursive: true, force: true })
      const contenders = await contendersOf(toFolder(bench, stage.from, join(folder, 'layout')))
      yield { sink: name, contenders, warmUps: 0, between }
      await between()
    }
  },
}

export const copyRows: readonly Row[] = [copyRow, mountRow, pullRow]

type Seeded = Place & { readonly sink: Sink }

/** A registry that holds the image; without one where distribution is not built. */
async function openSource(
  bench: Bench,
  name: 'distribution http' | 'distribution https',
): Promise<AsyncDisposable & { readonly from: Seeded | undefined }> {
  const [open] = sinksFor(bench, name)
  const sink = await open?.()
  const folder = await mkdtemp(join(bench.folder, 'input-'))
  if (sink !== undefined) {
    const source = await inputs['1gb'].write(folder, bench)
    const pushing = await engine({ bench, source, sinks: [sink], repository: seeded.repository })
    await pushing.run(0)
  }
  await rm(folder, { recursive: true, force: true })
  return {
    from: sink === undefined ? undefined : { sink, ...seeded },
    [Symbol.asyncDispose]: async () => await sink?.[Symbol.asyncDispose](),
  }
}

function toRegistry(bench: Bench, from: Place, sink: Sink): Course {
  return {
    bench,
    program: 'copy',
    job: async (tool, run) => ({
      from,
      to: { sink, repository: `bench/${tool.replaceAll(/[^a-z]+/g, '-')}-${run}`, tag: 'v1' },
    }),
    check: async ({ to }) => {
      if (!('folder' in to)) await expectImage(sink, to.repository, to.tag)
    },
  }
}

function toFolder(bench: Bench, from: Place, folder: string): Course {
  return {
    bench,
    program: 'pull',
    job: async () => ({ from, to: { folder } }),
    check: async () => {
      if (!existsSync(join(folder, 'index.json'))) throw new Error(`${folder} has no index.json: nothing was pulled`)
    },
  }
}

async function contendersOf(course: Course): Promise<Match['contenders']> {
  return [await own(course), ...(await Promise.all(copyTools.map(async (tool) => await peer(course, tool))))]
}

async function own({ bench, program, job, check }: Course): Promise<Contender> {
  const folder = await mkdtemp(join(bench.folder, 'ours-'))
  return {
    tool: ours,
    version,
    run: async (run) => {
      const done = await job(ours, run)
      const argv = [process.execPath, bench.programs[program], '--from', urlOf(done.from), ...targetOf(done)]
      const cas = [done.from, ...('folder' in done.to ? [] : [done.to])].flatMap(({ sink }) => sink.caPem ?? [])
      const env = { ...imageEnvironment, ...(cas.length === 0 ? {} : { CA_PEM: cas.join('\n') }) }
      const sample = await measure([{ argv, env }], folder)
      await check(done)
      return sample
    },
  }
}

/** The workspace is there before; the layout in it is what comes. */
function targetOf({ to }: CopyJob): readonly string[] {
  return 'folder' in to ? ['--into', to.folder] : ['--to', urlOf(to)]
}

function urlOf({ sink, repository, tag }: Place): string {
  return new URL(`/${repository}:${tag}`, sink.origin).href
}

async function peer({ bench, job, check }: Course, copyTool: CopyTool): Promise<Contender | Absent> {
  const { tool, find, version: ask, args } = copyTool
  const found = find()
  if ('absent' in found) return { tool, absent: found.absent }
  const folder = await mkdtemp(join(bench.folder, `${tool}-`))
  return {
    tool,
    version: await ask(found.path),
    run: async (run) => {
      const done = await job(tool, run)
      const sample = await measure([await copyCall([found.path, ...args(done)], { job: done, folder })], folder)
      await check(done)
      return sample
    },
  }
}
